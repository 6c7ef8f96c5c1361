"""Plain HTTP: what each endpoint does, and what it says to bad input."""
