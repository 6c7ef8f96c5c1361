"""Plain HTTP where a socket is the wrong tool: thin handlers that parse, call and answer.

`routes` is the one table that both the router and the OpenAPI description are made of.
"""
