"""The product as a user meets it: a running server, real Yjs clients, a real browser."""
