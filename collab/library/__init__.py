"""What a document says, in formats people use: read out of a state, or written into a new one.

`nodes` is the one table of what the editor knows; `content` reads, `markup` turns nodes into HTML
and back, `seeding` makes the first update of a new document. Nothing here awaits.
"""
