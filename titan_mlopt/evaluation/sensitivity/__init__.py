"""Each parameter varied alone."""
