"""The networks, one file an architecture, and the presets that name their sizes."""
