"""Faces: found in a picture, followed through time, cut out for the vision encoder."""
