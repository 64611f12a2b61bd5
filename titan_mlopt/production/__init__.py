"""A registered version into Titan's database, and out again."""
