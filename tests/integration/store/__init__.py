"""The store against a real PostgreSQL: what is acknowledged is there, once and in order."""
