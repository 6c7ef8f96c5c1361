"""Pair tests of collab.telemetry."""
