"""History on a real database."""
