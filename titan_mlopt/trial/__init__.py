"""Trials as processes of their own."""
