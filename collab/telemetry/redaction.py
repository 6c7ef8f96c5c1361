"""Takes secrets out of a log line, should one ever get into it: the last of several defences."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["redacted"]

_GONE: Final = "[secret]"
_LONGEST: Final = 65_536
"""Characters of a line; a traceback has less."""
_CUT: Final = " [cut off]"
_SECRETS: Final = (
    # A signed token, wherever it stands: three parts, the first of which is JSON.
    re.compile(r"\beyJ[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]*\.?[A-Za-z0-9_-]*"),
    # API keys and share links, wherever they stand.
    re.compile(r"\bcollab_[0-9a-f]{12}_[A-Za-z0-9_-]+"),
    re.compile(r"(?<=\blink\.)[A-Za-z0-9_-]{20,}"),
    # `user:password@` of any URL. Bounded, so that no line takes long; a password may hold what
    # belongs percent-encoded, and reaches to the last @.
    re.compile(r"(?<=://)[^\s/@'\":]{0,256}:[^\s'\"]{0,256}(?=@)"),
    # ?token=…, password: '…', "secret": "…", Authorization: Bearer …, Basic …
    re.compile(r"(bearer(?:\s|%20){1,8})[^\s'\",;]+", re.IGNORECASE),
    re.compile(
        r"""(authorization["']?\s{0,4}[=:]\s{0,4}["']?[a-z]{1,16}\s{1,8})[^\s'",;]+""",
        re.IGNORECASE,
    ),
    re.compile(
        r"""((?:token|password|passwd|secret|api_?key|share|link|sid)["']?\s*[=:]\s*["']?)[^\s"'&,;)}]+""",
        re.IGNORECASE,
    ),
)


def redacted(line: str) -> str:
    """Return `line` with everything that looks like a secret taken out, cut off when very long."""
    if len(line) > _LONGEST:
        line = f"{line[:_LONGEST]}{_CUT}"
    for pattern in _SECRETS:
        line = pattern.sub(rf"\1{_GONE}" if pattern.groups else _GONE, line)
    return line
