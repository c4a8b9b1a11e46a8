"""Faces, mel pieces and words out of media."""
