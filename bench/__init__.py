"""Benchmarks; each module runs by itself with `python -m bench.<name>`."""
