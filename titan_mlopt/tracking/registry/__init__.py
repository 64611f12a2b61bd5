"""Versions of configs in MLflow's model registry."""
