"""The live copy of a study in MLflow, kept by a process of its own."""
