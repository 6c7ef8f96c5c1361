"""Databases that cannot be used: one clear sentence each, and never the password."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from collab.errors import StartupError, Unavailable
from collab.store import pool as pool_module
from collab.store.migrations import migrate
from collab.store.pool import ConnectionTarget, Pool, check_server, connect, create_database
from tests.support.server import free_port

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def somebody(answer: Answer) -> AsyncIterator[ConnectionTarget]:
    """Let somebody listen who is no PostgreSQL of ours."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            await answer(reader, writer)
        writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    try:
        yield ConnectionTarget(f"postgresql://ada:s3cret@127.0.0.1:{port}/collab")
    finally:
        listening.close()
        await listening.wait_closed()


async def refusal(target: ConnectionTarget) -> str:
    """Return what is said about `target`, the same by every way in; check its manners."""
    said = []
    for way in (check_server, Pool.open, migrate):
        with pytest.raises(StartupError) as caught:
            await way(target)
        said.append(str(caught.value))
    assert len(set(said)) == 1
    assert "s3cret" not in said[0]
    assert "\n" not in said[0]
    assert said[0].endswith(".")
    return said[0]


class TestUnreachable:
    async def test_nobody_listens(self) -> None:
        """It says where it looked and what to check."""
        port = free_port()
        said = await refusal(ConnectionTarget(f"postgresql://ada:s3cret@127.0.0.1:{port}/collab"))
        assert f"postgresql://127.0.0.1:{port}/collab cannot be reached" in said
        assert "check DATABASE_URL" in said

    async def test_a_socket_that_is_not_there(self, folder: Path) -> None:
        """A folder without a server in it, and no folder."""
        for host in (folder, folder / "no"):
            said = await refusal(ConnectionTarget(f"postgresql://ada:s3cret@/collab?host={host}"))
            assert "cannot be reached" in said

    async def test_a_host_without_an_address(self) -> None:
        """A name nobody knows, and one that cannot be a name."""
        for host in ("nowhere.invalid", "x" * 64 + ".invalid", "a..b"):
            target = ConnectionTarget(f"postgresql://ada:s3cret@{host}/collab")
            assert "cannot be reached" in await refusal(target)

    @pytest.mark.parametrize(
        "options",
        [
            "port=99999",
            "port=x",
            "sslmode=perhaps",
            "sslmode=verify-full",
            "no_such_setting=1",
            "x",
        ],
    )
    async def test_options_that_make_no_sense(self, options: str) -> None:
        """Whatever asyncpg or PostgreSQL says to them becomes one sentence."""
        target = ConnectionTarget(f"postgresql://ada:s3cret@127.0.0.1:{free_port()}/db?{options}")
        assert "cannot be reached" in await refusal(target)

    async def test_no_such_database_and_no_such_role(self, postgres: ConnectionTarget) -> None:
        """PostgreSQL's own words are passed on."""
        assert 'database "nothing" does not exist' in await refusal(
            postgres.with_database("nothing")
        )
        stranger = ConnectionTarget(postgres.url.replace("postgres@", "nobody:s3cret@"))
        assert 'role "nobody" does not exist' in await refusal(stranger)


class TestStrangers:
    async def test_too_old(self) -> None:
        """PostgreSQL 13 is refused by its number, and told what is needed."""

        async def thirteen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readexactly(8)
            writer.write(b"N")  # no TLS
            await reader.read(1 << 12)
            for kind, body in (
                (b"R", bytes(4)),
                (b"S", b"server_version\x0013.22 (Debian)\x00"),
                (b"S", b"client_encoding\x00UTF8\x00"),
                (b"K", bytes(8)),
                (b"Z", b"I"),
            ):
                writer.write(kind + (len(body) + 4).to_bytes(4, "big") + body)
            await reader.read(1 << 12)

        async with somebody(thirteen) as target:
            said = await refusal(target)
        assert "is PostgreSQL 13; collab needs 14 or newer" in said

    async def test_another_protocol(self) -> None:
        """A web server at that port."""

        async def web(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readexactly(8)
            writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
            await writer.drain()

        async with somebody(web) as target:
            assert "cannot be reached" in await refusal(target)

    async def test_somebody_who_hangs_up(self) -> None:
        """At once, or after the first message."""

        async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            del reader, writer

        async def hang_up_later(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readexactly(8)
            writer.write(b"N")
            await reader.read(1 << 12)

        for answer in (hang_up, hang_up_later):
            async with somebody(answer) as target:
                assert "cannot be reached" in await refusal(target)

    async def test_somebody_who_is_silent(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A server that accepts and says nothing is given up."""
        monkeypatch.setattr(pool_module, "_CONNECT_SECONDS", 0.05)

        async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            del writer
            await reader.read()

        async with somebody(silence) as target:
            assert "cannot be reached (TimeoutError)" in await refusal(target)


class TestPool:
    async def test_cut_connections_are_replaced(self, database: ConnectionTarget) -> None:
        """One call fails with `unavailable` at most; the next gets a fresh connection."""
        pool = await Pool.open(database, size=2)
        admin = await connect(database)
        victims: list[int] = []

        async def ask_while_cut() -> None:
            async with pool.connection() as one:
                victims.append(await one.fetchval("SELECT pg_backend_pid()"))
                await admin.execute("SELECT pg_terminate_backend($1)", victims[-1])
                await one.fetchval("SELECT 1")

        with pytest.raises(Unavailable):
            await ask_while_cut()
        async with pool.connection() as one:
            assert await one.fetchval("SELECT pg_backend_pid()") not in victims
        await admin.close()
        await pool.close()

    async def test_creating_a_database_that_is_there(self, postgres: ConnectionTarget) -> None:
        """Many at once: it is there once, and nobody minds."""
        await asyncio.gather(*(create_database(postgres, "of many") for _ in range(4)))
        assert await check_server(postgres.with_database("of%20many")) >= 14
        admin = await connect(postgres)
        await admin.execute('DROP DATABASE "of many"')
        await admin.close()
