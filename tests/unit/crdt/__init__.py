"""The merge seam."""
