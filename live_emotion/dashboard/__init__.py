"""Qt widgets and the view-models they read."""
