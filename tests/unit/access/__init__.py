"""Pair tests of collab.access."""
