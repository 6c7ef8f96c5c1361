"""Pair tests: one file per module, no sockets, no database."""
