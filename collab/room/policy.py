"""When rooms snapshot, keep versions and unload."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["RoomPolicy"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomPolicy:
    """When rooms snapshot and unload. Seconds, bytes, counts."""

    grace: float = 30.0
    """How long a room without people stays loaded."""
    snapshot_after_updates: int = 200
    snapshot_after_bytes: int = 128 * 1024
    """A disconnect snapshots when this much is newer than the last snapshot; the last leave always."""
    snapshot_always_after_updates: int = 2_000
    """Snapshot without a disconnect, so that a cold start or an old moment never replays a long tail."""
    snapshot_retry: float = 1.0
    version_every: float = 600.0
    """While people write, a version is kept this often."""
