"""Analysis of a stored study: pure functions, no database and no MLflow."""
