"""The tests: unit mirrors the house, the other folders walk through it."""
