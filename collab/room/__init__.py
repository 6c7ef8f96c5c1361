"""Where people meet: a room is a document being lived in.

`core` decides (join, leave, receive, tick become effects) and never awaits; `presence` and `batching`
are its still parts; `room` performs the effects in order; `directory` opens each room once.
`ports` says what a room needs of the outer walls. Read `core.py` first.
"""
