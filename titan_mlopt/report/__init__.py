"""Reports of a study: tables, text, plots, files."""
