"""Pair tests of collab.library."""
