"""What operators see: log lines and metrics. Never document content, never tokens."""
