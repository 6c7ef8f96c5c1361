"""Our parts against a real PostgreSQL and real sockets."""
