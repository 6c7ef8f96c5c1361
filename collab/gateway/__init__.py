"""The doors: sockets in, room calls out. `socket_io` is the transport, `native` our own events."""
