"""Sources of media: files, cameras, microphones."""
