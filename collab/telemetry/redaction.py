"""Takes secrets out of a log line, should one ever get into it: the last of several defences."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["redacted"]

_GONE: Final = "[secret]"
_SECRETS: Final = (
    # A signed token, wherever it stands: three parts, the first of which is JSON.
    re.compile(r"\beyJ[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]*\.?[A-Za-z0-9_-]*"),
    # API keys and share links, wherever they stand.
    re.compile(r"\bcollab_[0-9a-f]{12}_[A-Za-z0-9_-]+"),
    re.compile(r"(?<=\blink\.)[A-Za-z0-9_-]{20,}"),
    # `user:password@` of any URL.
    re.compile(r"(?<=://)[^\s/@'\"]*:[^\s/@'\"]*(?=@)"),
    # ?token=…, password: '…', "secret": "…", Authorization: Bearer …
    re.compile(r"(?<=bearer )[^\s'\",;]+", re.IGNORECASE),
    re.compile(
        r"""((?:token|password|passwd|secret|api_?key|share|link|sid)["']?\s*[=:]\s*["']?)[^\s"'&,;)}]+""",
        re.IGNORECASE,
    ),
)


def redacted(line: str) -> str:
    """Return `line` with everything that looks like a secret taken out."""
    for pattern in _SECRETS:
        line = pattern.sub(rf"\1{_GONE}" if pattern.groups else _GONE, line)
    return line
