"""Who may do what: one table of roles and actions, and the gate that is the only maker of grants."""
