"""The collab server: documents people write together, durable before they are acknowledged.

What decides never awaits (`crdt`, `room.core`, `room.presence`, `room.batching`);
what awaits decides nothing (`room.room`, `store`, `gateway`, `api`). Imports point down only:
`pyproject.toml` holds the contracts. Start reading at `room/core.py`, then `app.py`.
"""
