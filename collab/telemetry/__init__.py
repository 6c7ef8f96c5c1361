"""What operators see: log lines (gauges come with a later issue). Never document content, never tokens."""
