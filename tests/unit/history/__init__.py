"""Pair tests of collab.history."""
