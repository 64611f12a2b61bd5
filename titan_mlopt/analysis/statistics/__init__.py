"""Statistics of how much of a study's results may be luck."""
