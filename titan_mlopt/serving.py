"""Versions that were registered before 2.0 import this from the folder that serves them."""

from titan_mlopt.tracking.registry.serving import ServedConfig, load_served

__all__ = ["ServedConfig", "load_served"]
