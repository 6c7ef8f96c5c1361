"""Roles: the one table."""

from __future__ import annotations

import pytest

from collab.access.roles import Action, Role, allows


class TestTable:
    @pytest.mark.parametrize("action", list(Action))
    def test_every_action_has_a_row(self, action: Action) -> None:
        """An owner may do everything; an action without a row fails here."""
        assert allows(Role.OWNER, action)

    def test_reading_is_not_writing(self) -> None:
        """Viewers and commenters read and appear, and cannot edit."""
        for role in (Role.VIEWER, Role.COMMENTER):
            assert allows(role, Action.READ)
            assert allows(role, Action.APPEAR)
            assert not allows(role, Action.EDIT)

    def test_only_owners_delete(self) -> None:
        """An editor cannot delete the document."""
        assert not allows(Role.EDITOR, Action.DELETE)

    def test_labels_are_the_words_of_the_interface(self) -> None:
        """Roles go over the wire as lower-case words."""
        assert [role.label for role in Role] == ["viewer", "commenter", "editor", "owner"]
