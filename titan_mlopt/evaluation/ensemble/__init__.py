"""The best configs of a study as one that votes."""
