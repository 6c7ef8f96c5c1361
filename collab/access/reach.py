"""A person's reach: the role they hold in which documents, named one by one or by how ids begin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from collab.access.roles import Role

__all__ = ["Reach"]


@dataclass(frozen=True, slots=True)
class Reach:
    """Roles by document. An id may be matched by several entries: the highest role counts."""

    exact: Mapping[str, Role]
    """By whole document id."""
    prefixes: Mapping[str, Role]
    """By the beginning of document ids; the empty beginning is every document."""

    @classmethod
    def everywhere(cls, role: Role) -> Self:
        """Return the reach that holds `role` in every document."""
        return cls({}, {"": role})

    @classmethod
    def of(cls, patterns: Mapping[str, Role]) -> Self:
        """Return the reach of `patterns`: document ids, and beginnings of ids that end with `*`."""
        exact = {name: role for name, role in patterns.items() if not name.endswith("*")}
        prefixes = {name[:-1]: role for name, role in patterns.items() if name.endswith("*")}
        return cls(exact, prefixes)

    @property
    def is_everywhere(self) -> bool:
        """Whether there is a role in every document."""
        return "" in self.prefixes

    def at_least(self, role: Role) -> Reach:
        """Return where the role is `role` or more."""
        return Reach(
            {name: held for name, held in self.exact.items() if held >= role},
            {start: held for start, held in self.prefixes.items() if held >= role},
        )

    def role_in(self, document: str) -> Role | None:
        """Return the highest role in `document`; None when nothing matches it."""
        roles = [role for start, role in self.prefixes.items() if document.startswith(start)]
        if document in self.exact:
            roles.append(self.exact[document])
        return max(roles, default=None)
