"""The study: asked, pruned, told and kept by Optuna."""
