"""The best configs among their neighbours."""
