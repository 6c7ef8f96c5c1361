"""Who may do what in which document: members, share links, API keys, and the log of every change."""
