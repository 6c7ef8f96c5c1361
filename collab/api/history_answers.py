"""A document's history in the words of the public interface."""

from __future__ import annotations

from collab.history.comparing import Authorship, Difference
from collab.history.diff import BlockChange, Change, Segment
from collab.history.records import Author, Stretch, Version
from schemas.history import (
    AuthorOut,
    AuthorShare,
    AuthorsOut,
    BlockChangeOut,
    ClientOwner,
    ContributionOut,
    DiffOut,
    Restored,
    RootRuns,
    SegmentOut,
    StretchOut,
    ValueChangeOut,
    VersionOut,
    WrittenRun,
)

__all__ = ["authors_out", "diff_out", "restored_out", "stretch_out", "version_out"]


def version_out(version: Version) -> VersionOut:
    """Return a version as the interface shows it."""
    return VersionOut.model_validate(_version(version))


def restored_out(before: Version, sequence: int) -> Restored:
    """Return the version made just before a restore, and the moment just after."""
    return Restored.model_validate({**_version(before), "restored_sequence": sequence})


def stretch_out(stretch: Stretch) -> StretchOut:
    """Return a stretch of editing as the interface shows it."""
    return StretchOut(
        author=_author(stretch.author),
        first=stretch.first,
        last=stretch.last,
        started_at=stretch.started_at,
        ended_at=stretch.ended_at,
        updates=stretch.updates,
        bytes=stretch.size,
        carried_by=stretch.carrier,
    )


def diff_out(difference: Difference, *, unchanged: bool = True) -> DiffOut:
    """Return a difference as the interface shows it; blocks that are the same only if asked."""
    return DiffOut(
        from_sequence=difference.first,
        to_sequence=difference.last,
        authors=[_author(author) for author in difference.authors],
        blocks=[
            _block(change)
            for change in difference.blocks
            if unchanged or change.change is not Change.SAME
        ],
        values=[
            ValueChangeOut(
                root=value.root,
                path=list(value.path),
                before=value.before,
                after=value.after,
                author=value.author,
            )
            for value in difference.values
        ],
    )


def authors_out(authorship: Authorship) -> AuthorsOut:
    """Return who wrote what as the interface shows it."""
    return AuthorsOut(
        sequence=authorship.sequence,
        authors=[
            AuthorShare(id=author.id, name=author.name, characters=count)
            for author, count in authorship.authors.values()
        ],
        roots=[
            RootRuns(root=root, runs=[WrittenRun(author=run.author, text=run.text) for run in runs])
            for root, runs in authorship.roots.items()
        ],
        clients=[
            ClientOwner(client=client, first=first, author=author.id)
            for client, claims in authorship.owners.items()
            for first, author in claims
        ],
    )


def _version(version: Version) -> dict[str, object]:
    return {
        "id": version.id,
        "sequence": version.sequence,
        "kind": version.kind.value,
        "name": version.name,
        "created_at": version.at,
        "created_by": _author(version.created_by),
        "authors": [
            ContributionOut(id=one.author.id, name=one.author.name, updates=one.updates)
            for one in version.authors
        ],
    }


def _author(author: Author) -> AuthorOut:
    return AuthorOut(id=author.id, name=author.name)


def _block(change: BlockChange) -> BlockChangeOut:
    before = change.attributes_before
    return BlockChangeOut(
        change=change.change.value,
        kind=change.kind,
        path=list(change.path),
        attributes=dict(change.attributes),
        attributes_before=None if before is None else dict(before),
        kind_before=change.kind_before,
        author=change.author,
        segments=[_segment(segment) for segment in change.segments],
    )


def _segment(segment: Segment) -> SegmentOut:
    before = segment.marks_before
    return SegmentOut.model_validate(
        {
            "change": str(segment.change),
            "text": segment.text,
            "marks": dict(segment.marks),
            "marks_before": None if before is None else dict(before),
            "author": segment.author,
        }
    )
