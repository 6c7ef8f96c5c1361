"""What decides about sharing, without a database."""
