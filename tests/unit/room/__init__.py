"""Pair tests of collab.room."""
