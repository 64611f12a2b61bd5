"""The same study where nothing can be found."""
