"""What people come back for: moments and versions, what changed in between, and the way back."""
