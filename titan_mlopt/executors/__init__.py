"""Trials as processes that can be killed."""
