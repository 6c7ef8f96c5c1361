"""Members, share links, ownership and the audit log over plain HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest

from collab.store.pool import ConnectionTarget, connect
from tests.integration.api.sharing import Shared
from tests.support.guest import Guest
from tests.support.server import RunningServer
from tests.support.tokens import SECRET, token

MakeServer = Callable[..., Awaitable[RunningServer]]


@pytest.fixture
async def shared(make_server: MakeServer) -> AsyncIterator[Shared]:
    """Start a server that asks for tokens, with ann's document."""
    server = await make_server(COLLAB_JWT_SECRET=SECRET)
    async with Shared.on(server) as shared:
        yield shared
    assert "Traceback" not in server.log()


class TestMembers:
    async def test_who_creates_owns(self, shared: Shared) -> None:
        """Over HTTP and by joining: the creator is an owner, whatever their token says."""
        assert await shared.members() == {"ann": "owner"}
        roles = {"made-by-joining": "editor"}
        auth = {"token": token("ben", roles)}
        ben = await Guest.connect(shared.http.server.url, auth=auth)
        joined = await ben.join("made-by-joining")
        await ben.close()
        assert joined["role"] == "owner"
        shared.document = "made-by-joining"
        assert (await shared.done("ben", "GET", "/members/ben"))["role"] == "owner"

    async def test_the_highest_role_counts(self, shared: Shared) -> None:
        """A token that says less than the table takes nothing away, one that says more adds."""
        await shared.let_in("ben", "editor")
        reader = {"notes": "viewer"}
        await shared.done("ben", "PATCH", json={"title": "One"}, roles=reader)
        assert await shared.code("cat", "PATCH", json={"title": "T"}, roles=reader) == "forbidden"
        await shared.let_in("cat", "viewer")
        await shared.done("cat", "PATCH", json={"title": "Two"}, roles={"no*": "editor"})

    async def test_only_owners_change_roles(self, shared: Shared) -> None:
        """An editor sees who is here and changes nothing; a viewer sees only themselves."""
        await shared.let_in("ed", "editor")
        await shared.let_in("vi", "viewer")
        ben = "/members/ben"
        for name in ("ed", "vi"):
            assert await shared.code(name, "PUT", ben, json={"role": "viewer"}) == "forbidden"
            assert await shared.code(name, "DELETE", ben) == "forbidden"
            assert await shared.code(name, "POST", "/links", json={"role": "viewer"}) == "forbidden"
            assert await shared.code(name, "GET", "/links") == "forbidden"
            assert await shared.code(name, "GET", "/audit") == "forbidden"
            assert await shared.code(name, "POST", "/transfer", json={"to": name}) == "forbidden"
        assert len((await shared.done("ed", "GET", "/members"))["members"]) == 3
        assert await shared.code("vi", "GET", "/members") == "forbidden"
        assert (await shared.done("vi", "GET", "/members/vi"))["role"] == "viewer"
        assert await shared.code("vi", "GET", "/members/ed") == "forbidden"

    async def test_everybody_may_leave(self, shared: Shared) -> None:
        """A member takes themselves off the list, and then has no role."""
        await shared.let_in("ben", "viewer")
        await shared.done("ben", "GET")
        assert (await shared.ask("ben", "DELETE", "/members/ben")).status == 204
        assert await shared.code("ben", "GET") == "forbidden"

    async def test_a_document_keeps_an_owner(self, shared: Shared) -> None:
        """The last owner neither goes nor steps down."""
        assert await shared.code("ann", "DELETE", "/members/ann") == "conflict"
        role = {"role": "editor"}
        assert await shared.code("ann", "PUT", "/members/ann", json=role) == "conflict"
        await shared.let_in("ben", "owner")
        await shared.done("ann", "PUT", "/members/ann", json=role)
        assert await shared.members() == {"ann": "editor", "ben": "owner"}

    async def test_two_owners_demote_each_other_at_once(self, shared: Shared) -> None:
        """One is quicker, the other no owner any more: the document always keeps one."""
        for number in range(10):
            ann, ben = f"ann{number}", f"ben{number}"
            await shared.let_in(ann, "owner")
            await shared.let_in(ben, "owner")
            role = {"role": "viewer"}
            answers = await asyncio.gather(
                shared.ask(ann, "PUT", f"/members/{ben}", json=role),
                shared.ask(ben, "PUT", f"/members/{ann}", json=role),
            )
            assert sorted(answer.status for answer in answers) == [200, 403]

    async def test_transfer(self, shared: Shared) -> None:
        """The new owner owns, the old one is an editor; to oneself is no transfer."""
        assert (
            await shared.code("ann", "POST", "/transfer", json={"to": "ann"}) == "invalid_request"
        )
        assert (await shared.ask("ann", "POST", "/transfer", json={"to": "ben"})).status == 204
        assert await shared.members() == {"ann": "editor", "ben": "owner"}
        assert await shared.code("ann", "POST", "/transfer", json={"to": "cat"}) == "forbidden"

    @pytest.mark.parametrize("name", ["guest%3Aa1b2c3d4", "key%3Aabc", "%20", "a" * 129, "%00x"])
    async def test_who_cannot_be_a_member(self, shared: Shared, name: str) -> None:
        """Guests prove nothing, keys need no role, and what no token can say is nobody."""
        role = {"role": "viewer"}
        code = await shared.code("ann", "PUT", f"/members/{name}", json=role)
        assert code == "invalid_request"

    @pytest.mark.parametrize(
        "name", ["a%2Fb", "..%2F..", "zo%C3%AB%20x", "a%3Fb%23c", "%7Buser%7D"]
    )
    async def test_odd_names_are_people_too(self, shared: Shared, name: str) -> None:
        """What a token can say can be a member."""
        made = await shared.let_in(name, "viewer")
        assert (await shared.done("ann", "GET", f"/members/{name}"))["user"] == made["user"]
        assert (await shared.ask("ann", "DELETE", f"/members/{name}")).status == 204
        assert await shared.code("ann", "GET", f"/members/{name}") == "not_found"

    async def test_pages(self, shared: Shared) -> None:
        """The list comes in pages, in the order people came."""
        for name in ("ben", "cat", "dan"):
            await shared.let_in(name, "viewer")
        first = await shared.done("ann", "GET", "/members?limit=3")
        rest = await shared.done("ann", "GET", f"/members?limit=3&cursor={first['nextCursor']}")
        names = [[m["user"] for m in page["members"]] for page in (first, rest)]
        assert names == [["ann", "ben", "cat"], ["dan"]]
        assert rest["nextCursor"] is None

    async def test_my_documents_are_listed(self, shared: Shared) -> None:
        """A list holds what the token reaches and what one is a member of."""
        await shared.let_in("ben", "viewer")
        for name, expected in (("ben", ["notes"]), ("cat", [])):
            headers = {"Authorization": f"Bearer {token(name, {})}"}
            listed = (await shared.http("GET", "/documents", headers=headers)).json["documents"]
            assert [document["id"] for document in listed] == expected


class TestLinks:
    async def test_a_link_is_a_role_in_one_document(self, shared: Shared) -> None:
        """Whoever has it reads and edits there as a guest, and gets nothing elsewhere."""
        made = await shared.link("editor", name="for the team")
        assert len(made["secret"]) >= 22
        await shared.done("ann", "GET")
        answer = await shared.ask(None, "PATCH", link=made["secret"], json={"title": "By link"})
        assert answer.status == 200
        assert await shared.code(None, "DELETE", link=made["secret"]) == "forbidden"
        shared.document = "other"
        assert await shared.code(None, "GET", link=made["secret"]) == "forbidden"

    async def test_it_adds_to_a_token(self, shared: Shared) -> None:
        """A person keeps their name, and the higher of the two roles counts."""
        secret = (await shared.link("viewer"))["secret"]
        assert await shared.code("ben", "GET") == "forbidden"
        assert (await shared.ask("ben", "GET", link=secret)).status == 200
        await shared.let_in("ben", "editor")
        assert (await shared.ask("ben", "PATCH", link=secret, json={"title": "T"})).status == 200

    async def test_the_secret_is_told_once_and_kept_nowhere(
        self, shared: Shared, database: ConnectionTarget
    ) -> None:
        """The list shows who made it, when, and when it was used; the database has no secret."""
        made = await shared.link("viewer", name="x")
        before = (await shared.done("ann", "GET", "/links"))["links"]
        assert before == [{key: value for key, value in made.items() if key != "secret"}]
        assert (before[0]["createdBy"], before[0]["usedAt"]) == ("ann", None)
        await shared.ask(None, "GET", link=made["secret"])
        (after,) = (await shared.done("ann", "GET", "/links"))["links"]
        assert after["usedAt"] is not None
        connection = await connect(database)
        rows = await connection.fetch("SELECT links::text AS row FROM links")
        rows += await connection.fetch("SELECT audit::text AS row FROM audit")
        await connection.close()
        assert rows
        assert not [row for row in rows if made["secret"] in row["row"]]

    async def test_revoked(self, shared: Shared) -> None:
        """A revoked link is no link any more, and off the list."""
        made = await shared.link()
        assert (await shared.ask("ann", "DELETE", f"/links/{made['id']}")).status == 204
        assert await shared.code(None, "GET", link=made["secret"]) == "unauthenticated"
        assert await shared.code("ben", "GET", link=made["secret"]) == "forbidden"
        assert (await shared.done("ann", "GET", "/links"))["links"] == []
        assert await shared.code("ann", "DELETE", f"/links/{made['id']}") == "not_found"

    async def test_what_is_refused(self, shared: Shared) -> None:
        """No owner links, none that has ended before it began, no times without a zone."""
        past = (datetime.now(UTC) - timedelta(seconds=1)).isoformat()
        for said in (
            {"role": "owner"},
            {"role": "king"},
            {"role": "viewer", "expiresAt": past},
            {"role": "viewer", "expiresAt": "2030-01-01T00:00:00"},
            {},
        ):
            assert await shared.code("ann", "POST", "/links", json=said) == "invalid_request"

    async def test_guessing(self, shared: Shared) -> None:
        """What is no link is refused in the same words, and not for long."""
        codes = [
            await shared.code(None, "GET", link=guess)
            for guess in ("", "x", "é" * 9, "a" * 32, *("b" * 32 for _ in range(150)))
        ]
        assert set(codes) == {"unauthenticated", "rate_limited"}
        assert codes[-1] == "rate_limited"
        assert (await shared.ask("ann", "GET")).status == 200

    async def test_a_guest_is_no_member_by_name(
        self, shared: Shared, database: ConnectionTarget
    ) -> None:
        """Calling oneself like somebody in the table of members helps nobody."""
        secret = (await shared.link("viewer"))["secret"]
        connection = await connect(database)
        await connection.execute(
            "INSERT INTO members (document, person, role, added_by)"
            " SELECT key, 'guest:a1b2c3d4e5', 'owner', 'ann' FROM documents"
        )
        await connection.close()
        headers = {"Collab-Link": secret, "Collab-Guest-Id": "a1b2c3d4e5"}
        answer = await shared.http("DELETE", "/documents/notes", headers=headers)
        assert answer.status == 403


class TestAudit:
    async def test_who_what_when_from_where(self, shared: Shared) -> None:
        """Every change is there, newest first, in pages, without secrets."""
        await shared.let_in("ben", "editor")
        await shared.let_in("ben", "viewer")
        made = await shared.link("viewer")
        await shared.ask("ann", "DELETE", f"/links/{made['id']}")
        await shared.ask("ann", "DELETE", "/members/ben")
        await shared.ask("ann", "POST", "/transfer", json={"to": "cat"})
        await shared.ask("cat", "DELETE")
        assert await shared.code("cat", "PUT", "/members/x", json={"role": "viewer"}) == "not_found"
        assert (await shared.done("cat", "GET", "/audit"))["entries"][0]["actor"] == "cat"
        await shared.done("cat", "POST", "/undelete")
        entries = []
        cursor = ""
        while True:
            page = await shared.done("cat", "GET", f"/audit?limit=4{cursor}")
            entries += page["entries"]
            if page["nextCursor"] is None:
                break
            cursor = f"&cursor={page['nextCursor']}"
        assert [entry["action"] for entry in reversed(entries)] == [
            "document.created",
            "member.set",
            "member.set",
            "link.created",
            "link.revoked",
            "member.removed",
            "document.transferred",
            "document.deleted",
            "document.undeleted",
        ]
        lowered = entries[-3]
        assert lowered["details"] == {"user": "ben", "role": "viewer", "before": "editor"}
        assert (lowered["actor"], lowered["actorName"]) == ("ann", "Ann")
        assert lowered["address"] == "127.0.0.1"
        assert made["secret"] not in str(entries)

    async def test_erasing_history_is_noted(self, shared: Shared) -> None:
        """History is erased by nobody unseen."""
        auth = {"token": token("ann", {})}
        ann = await Guest.connect(shared.http.server.url, auth=auth)
        await ann.join("notes")
        await ann.type("notes", "secret")
        last = (await ann.type("notes", "!"))["sequence"]
        await ann.close()
        await shared.done("ann", "POST", "/history/erase", json={"before": str(last)})
        (newest, *_) = (await shared.done("ann", "GET", "/audit"))["entries"]
        assert (newest["action"], newest["details"]) == ("history.erased", {"before": last})
