"""Every wire and REST model, in pydantic; knows nothing of the server that uses it."""
