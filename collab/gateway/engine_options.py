"""The numbers of the transport, and the reasons why a session ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["Reason", "TransportOptions"]


class Reason:
    """Why a session ended, in the words of the reference implementation where it has them."""

    TRANSPORT_CLOSE: Final = "transport close"
    TRANSPORT_ERROR: Final = "transport error"
    PARSE_ERROR: Final = "parse error"
    PING_TIMEOUT: Final = "ping timeout"
    SLOW_READER: Final = "slow reader"
    CONNECT_TIMEOUT: Final = "connect timeout"
    SERVER_SHUTDOWN: Final = "server shutting down"


@dataclass(frozen=True, slots=True, kw_only=True)
class TransportOptions:
    """The numbers of the transport. Sizes are bytes, times seconds."""

    ping_interval: float = 25.0
    ping_timeout: float = 20.0
    max_frame_bytes: int = 48 * 1024 * 1024
    """Largest WebSocket message, and event with its attachments."""
    send_buffer_bytes: int = 4 * 1024 * 1024
    """See `EngineSocket.write`."""
    allowed_origins: tuple[str, ...] | None = None
    """Other sites whose pages may connect, besides this server's own; None for none."""
    connect_timeout: float = 10.0
    """How long a client may be connected without having joined a namespace."""
    upgrade_timeout: float = 10.0
    packets_per_post: int = 20_000
    """Clients put all they have to say into one body, so this must exceed an offline backlog."""
    namespaces_per_client: int = 100

    @property
    def max_body_bytes(self) -> int:
        """Largest polling body: the largest event, whose attachments travel in base64."""
        return self.max_frame_bytes * 4 // 3 + self.max_frame_bytes // 100

    def __post_init__(self) -> None:
        """Raise `ValueError` for what cannot work; an empty list is a mistake, not "all"."""
        if self.allowed_origins is not None and not self.allowed_origins:
            message = "allowed_origins is empty; use None to allow this server's own pages only"
            raise ValueError(message)
        for name in ("ping_interval", "ping_timeout", "connect_timeout", "max_frame_bytes"):
            if getattr(self, name) <= 0:
                message = f"{name} must be greater than zero"
                raise ValueError(message)
