"""Trials as forks on this machine."""
