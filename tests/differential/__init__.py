"""The merge engines against real Yjs."""
