"""Where studies are stored: SQLite or PostgreSQL, locked, backed up, viewed in SQL."""
