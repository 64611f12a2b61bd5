"""What a study looks like: tables, words, plots."""
