"""Samplers by name, each seeded for every point, and the space as Optuna's distributions."""
