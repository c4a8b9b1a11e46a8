"""The loop that joins it all, from capture to estimate."""
