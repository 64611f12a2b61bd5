"""What was found out about a finished study, presented: one module for each kind of finding."""
