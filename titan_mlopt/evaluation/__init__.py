"""Further experiments on a finished study."""
