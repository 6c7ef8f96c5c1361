"""The one table that says which role may do which action."""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import Final

__all__ = ["Action", "Role", "allows", "least_role", "role_of"]


class Role(IntEnum):
    """A person's standing in a document; a higher role may do all that a lower one may."""

    VIEWER = 1
    COMMENTER = 2
    EDITOR = 3
    OWNER = 4

    @property
    def label(self) -> str:
        """The role's name on the wire: `viewer`, `commenter`, `editor` or `owner`."""
        return self.name.lower()


class Action(StrEnum):
    """Everything a door can ask a document to do."""

    READ = "read"
    APPEAR = "appear"
    EDIT = "edit"
    CREATE = "create"
    RENAME = "rename"
    DELETE = "delete"
    NAME_VERSION = "name versions of"
    RESTORE = "restore"
    ERASE_HISTORY = "erase the history of"
    READ_MEMBERS = "see the members of"
    SHARE = "share"
    TRANSFER = "give away"
    READ_AUDIT = "see the audit log of"


_LEAST_ROLE: Final[dict[Action, Role]] = {
    Action.READ: Role.VIEWER,
    Action.APPEAR: Role.VIEWER,
    Action.EDIT: Role.EDITOR,
    Action.CREATE: Role.EDITOR,
    Action.RENAME: Role.EDITOR,
    Action.DELETE: Role.OWNER,
    Action.NAME_VERSION: Role.EDITOR,
    Action.RESTORE: Role.EDITOR,
    Action.ERASE_HISTORY: Role.OWNER,
    Action.READ_MEMBERS: Role.EDITOR,
    Action.SHARE: Role.OWNER,
    Action.TRANSFER: Role.OWNER,
    Action.READ_AUDIT: Role.OWNER,
}


def role_of(label: str) -> Role:
    """Return the role called `label` on the wire. Raises `KeyError`."""
    return Role[label.upper()]


def least_role(action: Action) -> Role:
    """Return the lowest role that may do `action`."""
    return _LEAST_ROLE[action]


def allows(role: Role, action: Action) -> bool:
    """Return whether `role` may do `action`."""
    return role >= _LEAST_ROLE[action]
