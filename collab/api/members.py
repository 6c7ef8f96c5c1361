"""Who is a member of a document, over plain HTTP; and giving the document away."""

from __future__ import annotations

from aiohttp import web

from collab.access.roles import Action, role_of
from collab.api.documents import answer
from collab.api.requests import actor, body, grant_for, paging
from collab.api.services import SERVICES
from collab.sharing.records import Member
from schemas.sharing import MemberList, MemberOut, PutMember, Transfer

__all__ = ["get_member", "list_members", "put_member", "remove_member", "transfer"]

# Reading is asked for here, the rest by `Sharing` itself: each right once.


async def list_members(request: web.Request) -> web.Response:
    """List a document's members."""
    grant = await grant_for(request, Action.READ)
    page = await request.app[SERVICES].sharing.members(grant, **paging(request))
    listed = [_out(member) for member in page.rows]
    return answer(MemberList(members=listed, next_cursor=page.cursor))


async def get_member(request: web.Request) -> web.Response:
    """Return one member."""
    grant = await grant_for(request, Action.READ)
    sharing = request.app[SERVICES].sharing
    return answer(_out(await sharing.member(grant, request.match_info["user"])))


async def put_member(request: web.Request) -> web.Response:
    """Give somebody a role; it is in force in their live sessions before this answers."""
    grant = await grant_for(request, Action.READ)
    asked = await body(request, PutMember)
    member = await request.app[SERVICES].sharing.set_member(
        actor(request), grant, request.match_info["user"], role_of(asked.role)
    )
    return answer(_out(member))


async def remove_member(request: web.Request) -> web.Response:
    """Take somebody's role away, or one's own; who has no other is put out before this answers."""
    grant = await grant_for(request, Action.READ)
    sharing = request.app[SERVICES].sharing
    await sharing.remove_member(actor(request), grant, request.match_info["user"])
    return web.Response(status=204)


async def transfer(request: web.Request) -> web.Response:
    """Make somebody else an owner and step down to editor, both or neither."""
    grant = await grant_for(request, Action.READ)
    asked = await body(request, Transfer)
    sharing = request.app[SERVICES].sharing
    await sharing.transfer(actor(request), grant, asked.to)
    return web.Response(status=204)


def _out(member: Member) -> MemberOut:
    return MemberOut.model_validate(
        {
            "user": member.person,
            "role": member.role.label,
            "since": member.since,
            "addedBy": member.added_by,
        }
    )
