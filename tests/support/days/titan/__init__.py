"""A stand-in for production Titan that trades days: as simple as it can be."""
