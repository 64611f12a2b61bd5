"""What search spaces are made of: details of parameters, conditions, constraints, files."""
