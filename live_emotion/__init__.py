"""Expressed emotions from face, voice and words, live and on this machine."""

__version__ = "0.1.0"
