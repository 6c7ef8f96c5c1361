"""What plain HTTP takes and answers about a document's history."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from schemas.rest import WireModel

__all__ = [
    "AuthorOut",
    "AuthorsOut",
    "BlockChangeOut",
    "ClientOwner",
    "CreateVersion",
    "DiffOut",
    "EraseHistory",
    "EraseReceipt",
    "PatchVersion",
    "Restored",
    "RevertOut",
    "RevertRequest",
    "RootRuns",
    "SegmentOut",
    "StretchOut",
    "TimelineOut",
    "ValueChangeOut",
    "VersionList",
    "VersionOut",
    "WrittenRun",
]

VersionName = Annotated[
    str, Field(min_length=1, max_length=200, pattern=r"\S", description="What people call it.")
]


class AuthorOut(WireModel):
    """Somebody who wrote."""

    id: str
    name: str


class ContributionOut(AuthorOut):
    """How much one person did between a version and the one before it."""

    updates: int


class VersionOut(WireModel):
    """A moment people see, name, compare and restore."""

    id: Annotated[str, Field(description="`v` and a number.")]
    sequence: Annotated[int, Field(description="The moment: the last update it holds.")]
    kind: Literal["named", "session", "activity", "beforeRestore"]
    name: str | None
    created_at: datetime
    created_by: AuthorOut
    authors: list[ContributionOut]


class VersionList(WireModel):
    """One page of versions, newest first."""

    versions: list[VersionOut]
    next_cursor: Annotated[str | None, Field(description="Pass as `cursor` for the next page.")]


class CreateVersion(WireModel):
    """The body of `POST …/versions`."""

    name: VersionName
    sequence: Annotated[
        int | None, Field(ge=0, description="An earlier moment; the present one when left out.")
    ] = None


class PatchVersion(WireModel):
    """The body of `PATCH …/versions/{version}`."""

    name: Annotated[VersionName | None, Field(description="null takes the name away.")]


class Restored(VersionOut):
    """The version made just before a restore: the way back."""

    restored_sequence: Annotated[int, Field(description="The moment just after the restore.")]


class StretchOut(WireModel):
    """One person's editing without a longer pause; those of different people may overlap."""

    author: AuthorOut
    first: Annotated[int, Field(description="Sequence number of its first update.")]
    last: int
    started_at: datetime
    ended_at: datetime
    updates: int
    bytes: int
    carried_by: Annotated[
        str | None, Field(description="Who brought it, if that was somebody else than the author.")
    ] = None


class TimelineOut(WireModel):
    """Stretches of editing, the newest first."""

    stretches: list[StretchOut]
    sequence: Annotated[int, Field(description="The document's present moment.")]
    next_to: Annotated[
        int | None, Field(description="Pass as `to` for older ones; null at the end.")
    ]


class WrittenRun(WireModel):
    """Text one person wrote in one go."""

    author: Annotated[str | None, Field(description="The author's id; null when nobody knows.")]
    text: str


class RootRuns(WireModel):
    """The text of one Yjs root, in order, as its authors' runs; blocks are set apart by newlines."""

    root: str
    runs: list[WrittenRun]


class ClientOwner(WireModel):
    """From clock `first` on (until the next entry of the same client), `author` wrote as `client`."""

    client: int
    first: int
    author: str


class AuthorShare(AuthorOut):
    """How many characters of the present text are somebody's."""

    characters: int


class AuthorsOut(WireModel):
    """Who wrote which part of the present text."""

    sequence: int
    authors: list[AuthorShare]
    roots: list[RootRuns]
    clients: Annotated[
        list[ClientOwner], Field(description="For editors that hold the document themselves.")
    ]


class SegmentOut(WireModel):
    """A piece of a block's text and what became of it."""

    change: Literal["same", "added", "removed", "formatted"]
    text: str
    marks: Annotated[dict[str, Any], Field(description="Formatting it has (had, if removed).")]
    marks_before: Annotated[
        dict[str, Any] | None, Field(description="The formatting before, if that changed.")
    ] = None
    author: Annotated[str | None, Field(description="Who made the change.")] = None


class BlockChangeOut(WireModel):
    """One block (paragraph, heading, cell text…) and what became of it."""

    change: Literal["same", "added", "removed", "changed", "movedHere", "movedAway"]
    kind: Annotated[str, Field(description="The block's type: paragraph, heading, …")]
    path: Annotated[list[str], Field(description="Types of what it stands in, outermost first.")]
    attributes: dict[str, Any]
    attributes_before: Annotated[
        dict[str, Any] | None, Field(description="Its attributes before, if they changed.")
    ] = None
    kind_before: str | None = None
    author: Annotated[str | None, Field(description="Who added, removed, moved or changed it.")] = (
        None
    )
    segments: list[SegmentOut]


class ValueChangeOut(WireModel):
    """A change outside of text: in a map or an array."""

    root: str
    path: list[str | int]
    before: Any = None
    after: Any = None
    author: Annotated[
        str | None, Field(description="The id of who set or removed it; null when nobody knows.")
    ] = None


class DiffOut(WireModel):
    """What changed between two moments."""

    from_sequence: int
    to_sequence: int
    authors: list[AuthorOut]
    blocks: list[BlockChangeOut]
    values: list[ValueChangeOut]


class RevertRequest(WireModel):
    """The body of `POST …/revert`: one person's edits, those of a time, or both."""

    author: Annotated[str | None, Field(min_length=1, max_length=256)] = None
    from_: Annotated[
        int | None, Field(alias="from", ge=1, description="First sequence number to take back.")
    ] = None
    to: Annotated[int | None, Field(ge=1, description="Last sequence number to take back.")] = None
    preview: Annotated[bool, Field(description="Only say what would change.")] = False


class RevertOut(WireModel):
    """What a revert did, or would do."""

    preview: bool
    diff: DiffOut
    before: Annotated[
        VersionOut | None, Field(description="The version made just before; null in a preview.")
    ]
    sequence: Annotated[int | None, Field(description="The moment just after; null in a preview.")]


class EraseHistory(WireModel):
    """The body of `POST …/history/erase`."""

    before: Annotated[
        str, Field(description="A version's id, a sequence number, or now.", max_length=32)
    ]


class EraseReceipt(WireModel):
    """The history before this moment is gone for good."""

    sequence: int
