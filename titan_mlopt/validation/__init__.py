"""How much of what a study shows may be luck."""
