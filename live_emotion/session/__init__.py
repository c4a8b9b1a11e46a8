"""Session logs: written line by line, read back, reported."""
