"""The routes of sharing: members, share links, ownership, the audit log, tokens."""

from __future__ import annotations

from typing import Final

from collab.api import audit, links, members, tokens
from collab.api.route import Answers, Query, Route
from collab.errors import ErrorCode
from schemas.sharing import (
    AuditList,
    CreateLink,
    LinkList,
    LinkMade,
    MemberList,
    MemberOut,
    PutMember,
    SignToken,
    TokenOut,
    Transfer,
)

__all__ = ["SHARING_ROUTES"]

_DOCUMENT: Final = "/documents/{id}"
_MEMBERS: Final = f"{_DOCUMENT}/members"
_LINKS: Final = f"{_DOCUMENT}/links"
_GONE: Final = (ErrorCode.INVALID_DOCUMENT_ID, ErrorCode.NOT_FOUND, ErrorCode.UNAVAILABLE)
_KEPT: Final = (*_GONE, ErrorCode.CONFLICT)
_PAGES: Final = (
    Query("cursor", "nextCursor of the page before"),
    Query("limit", "how many a page, 1 to 200; 50 unless given"),
)

SHARING_ROUTES: Final = (
    Route(
        method="GET",
        path=_MEMBERS,
        handler=members.list_members,
        summary="List the people with a role of their own in a document",
        query=_PAGES,
        answers=Answers(MemberList),
        errors=_GONE,
    ),
    Route(
        method="GET",
        path=f"{_MEMBERS}/{{user}}",
        handler=members.get_member,
        summary="Get one member",
        answers=Answers(MemberOut),
        errors=_GONE,
    ),
    Route(
        method="PUT",
        path=f"{_MEMBERS}/{{user}}",
        handler=members.put_member,
        summary="Give somebody a role; in force in live sessions before the answer",
        body=PutMember,
        answers=Answers(MemberOut),
        errors=_KEPT,
    ),
    Route(
        method="DELETE",
        path=f"{_MEMBERS}/{{user}}",
        handler=members.remove_member,
        summary="Take somebody's role away, or one's own",
        answers=Answers(status=204),
        errors=_KEPT,
    ),
    Route(
        method="POST",
        path=f"{_DOCUMENT}/transfer",
        handler=members.transfer,
        summary="Make somebody else an owner and step down to editor",
        body=Transfer,
        answers=Answers(status=204),
        errors=_GONE,
    ),
    Route(
        method="GET",
        path=_LINKS,
        handler=links.list_links,
        summary="List share links, without their secrets",
        query=_PAGES,
        answers=Answers(LinkList),
        errors=_GONE,
    ),
    Route(
        method="POST",
        path=_LINKS,
        handler=links.make_link,
        summary="Make a share link; its secret is answered this once",
        body=CreateLink,
        answers=Answers(LinkMade, 201),
        errors=_KEPT,
    ),
    Route(
        method="DELETE",
        path=f"{_LINKS}/{{link}}",
        handler=links.revoke_link,
        summary="Revoke a share link; who came in by it is put out before the answer",
        answers=Answers(status=204),
        errors=_GONE,
    ),
    Route(
        method="GET",
        path=f"{_DOCUMENT}/audit",
        handler=audit.audit,
        summary="Who changed rights, deleted or erased, newest first",
        query=_PAGES,
        answers=Answers(AuditList),
        errors=_GONE,
    ),
    Route(
        method="POST",
        path="/tokens",
        handler=tokens.sign_token,
        summary="Sign a token for a person; for programs with an API key",
        body=SignToken,
        answers=Answers(TokenOut, 201),
        errors=(ErrorCode.CONFLICT, ErrorCode.UNAVAILABLE),
    ),
)
