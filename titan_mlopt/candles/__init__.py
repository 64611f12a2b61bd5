"""Market data: read, checked, split, shared with trials, and the embedded sample."""
