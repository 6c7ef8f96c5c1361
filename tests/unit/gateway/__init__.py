"""Pair tests of collab.gateway."""
