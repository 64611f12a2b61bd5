"""Studies, MLflow runs and registered versions that earlier commits made, kept as text."""
