"""Stock clients of every kind at the server's doors."""
