"""What is promised on the wire."""
