"""Migrations: once, however many start; down and up again; and a sentence when it cannot be done."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from alembic.command import downgrade, upgrade
from sqlalchemy import Connection as SyncConnection

from collab.errors import StartupError, Unavailable
from collab.history.records import Author, LogRow, VersionKind
from collab.room.records import Claim, Snapshot
from collab.store import migrations
from collab.store.documents import PostgresDocuments
from collab.store.history import PostgresHistory
from collab.store.migrations import current_revision, head_revision, migrate
from collab.store.pool import ConnectionTarget, Pool, connect
from collab.store.readiness import check_ready
from tests.integration.store.shelf import entry, started_log, stored
from tests.support.postgres import database
from tests.support.server import ROOT
from tests.support.waiting import eventually_asked

if TYPE_CHECKING:
    from collab.store.pool import Connection

__all__ = ["database"]  # of the test's own: it is altered

_SCHEMA = """
    SELECT 'column', table_name, column_name, data_type, is_nullable, column_default
    FROM information_schema.columns WHERE table_schema = 'public'
    UNION ALL
    SELECT 'index', tablename, indexname, indexdef, '', '' FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL
    SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid), '', ''
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    ORDER BY 1, 2, 3
"""


@pytest.fixture
async def admin(postgres: ConnectionTarget) -> AsyncIterator[Connection]:
    """Connect a session of our own, outside the database under test."""
    connection = await connect(postgres.with_database("postgres"))
    yield connection
    await connection.close()


@pytest.fixture
async def empty(postgres: ConnectionTarget, admin: Connection) -> AsyncIterator[ConnectionTarget]:
    """Create a database with nothing in it."""
    await admin.execute("CREATE DATABASE empty")
    yield postgres.with_database("empty")
    await admin.execute("DROP DATABASE empty WITH (FORCE)")


async def schema_of(target: ConnectionTarget) -> list[tuple[object, ...]]:
    """Return every column, index and constraint."""
    connection = await connect(target)
    try:
        return [tuple(row) for row in await connection.fetch(_SCHEMA)]
    finally:
        await connection.close()


async def move(target: ConnectionTarget, command: Callable[..., None], revision: str) -> None:
    """Run Alembic's `command` to `revision` on `target`."""

    def run(connection: SyncConnection) -> None:
        config = migrations._config()
        config.attributes["connection"] = connection
        command(config, revision)

    engine = migrations._engine(target)
    async with engine.connect() as connection:
        await connection.run_sync(run)
        await connection.commit()
    await engine.dispose()


class TestTogether:
    async def test_many_tasks_at_once(self, empty: ConnectionTarget) -> None:
        """One migrates, the others wait and find it done."""
        await asyncio.gather(*(migrate(empty) for _ in range(6)))
        assert await current_revision(empty) == head_revision()

    async def test_many_processes_at_once(self, empty: ConnectionTarget) -> None:
        """Several `collab migrate` on one empty database all succeed."""
        command = (sys.executable, "-m", "collab", "migrate", "--database-url", empty.url)
        processes = [
            await asyncio.create_subprocess_exec(
                *command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
            )
            for _ in range(3)
        ]
        for output, _ in await asyncio.gather(*(process.communicate() for process in processes)):
            assert output == b"The schema is up to date.\n"
        assert [process.returncode for process in processes] == [0, 0, 0]
        assert await current_revision(empty) == head_revision()

    async def test_who_waits_goes_on_when_the_one_ahead_dies(
        self, empty: ConnectionTarget, admin: Connection
    ) -> None:
        """A starter killed in the middle leaves no lock behind."""
        ahead = await connect(empty)
        await ahead.execute("SELECT pg_advisory_lock($1)", migrations._LOCK)
        waits = asyncio.create_task(migrate(empty))

        async def is_asking() -> bool:
            asked: int = await admin.fetchval(
                "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_try_advisory_lock%'"
                " AND pid <> pg_backend_pid()"
            )
            return asked > 0

        await eventually_asked(is_asking)
        assert await current_revision(empty) is None
        ahead.terminate()
        await waits
        assert await current_revision(empty) == head_revision()

    async def test_a_migrated_database_is_left_alone(self, database: ConnectionTarget) -> None:
        """Starting again changes nothing."""
        before = await schema_of(database)
        await migrate(database)
        assert await schema_of(database) == before


class TestDownAndUp:
    async def test_down_leaves_nothing_and_up_makes_the_same(
        self, database: ConnectionTarget
    ) -> None:
        """Every script goes back what it went forward, with documents in the tables."""
        pool = await Pool.open(database)
        documents = PostgresDocuments(pool)
        made = await documents.create("plan", title="", author="ada", seed=entry(0))
        await documents.save_snapshot(made.key, Snapshot(1, b"state", (b"parked",)))
        before = await schema_of(database)
        await move(database, downgrade, "base")
        assert {row[1] for row in await schema_of(database)} == {"alembic_version"}
        assert await current_revision(database) is None
        await move(database, upgrade, "head")
        assert await schema_of(database) == before
        await pool.close()
        await _works(database)

    async def test_step_by_step(self, database: ConnectionTarget) -> None:
        """Each script alone: down one, up one, and the schema is what it was."""
        seen = []
        while await current_revision(database) is not None:
            before, revision = await schema_of(database), await current_revision(database)
            await move(database, downgrade, "-1")
            await move(database, upgrade, "+1")
            assert await schema_of(database) == before
            assert await current_revision(database) == revision
            seen.append(revision)
            await move(database, downgrade, "-1")
        assert seen[0] == head_revision()


class TestHistory:
    async def test_claims_are_taken_from_the_log(self, database: ConnectionTarget) -> None:
        """Whoever wrote first as a client owns it from its first clock on, per document."""
        await move(database, downgrade, "0001")
        await _write_as_0001(database, "plan", [("ada", [7]), ("bob", [8, 7]), ("ada", [8, 9])])
        await _write_as_0001(database, "other", [("bob", [7]), ("eve", []), ("eve", [7])])
        await move(database, upgrade, "0002")
        pool = await Pool.open(database)
        plan = await PostgresDocuments(pool).load("plan", create_for=None)
        other = await PostgresDocuments(pool).load("other", create_for=None)
        await pool.close()
        assert plan.claims == (
            Claim(7, 0, "ada", "Ada"),
            Claim(8, 0, "bob", "Bob"),
            Claim(9, 0, "ada", "Ada"),
        )
        assert other.claims == (Claim(7, 0, "bob", "Bob"),)
        assert [number for number, _ in plan.tail] == [1, 2, 3]

    async def test_an_older_server_goes_on(self, database: ConnectionTarget) -> None:
        """What it prepared before the migration still works after it, also in a transaction."""
        await move(database, downgrade, "0001")
        await _write_as_0001(database, "plan", [("ada", [7])])
        older = await connect(database)
        ask = "SELECT * FROM documents WHERE id = 'plan'"
        assert await older.fetchrow(ask)
        await move(database, upgrade, "0002")
        async with older.transaction(isolation="repeatable_read"):
            assert await older.fetchrow(ask)
        await older.close()
        await _write_as_0001(database, "plan", [("bob", [8])])
        pool = await Pool.open(database)
        loaded = await PostgresDocuments(pool).load("plan", create_for=None)
        assert [number for number, _ in loaded.tail] == [1, 2]
        (row,) = await PostgresHistory(pool).rows(loaded.document.key, 1, 2)
        assert (row.first, row.sequence, row.author) == (2, 2, Author("bob", "Bob"))
        await pool.close()

    async def test_back_from_history_every_document_stays(self, database: ConnectionTarget) -> None:
        """Rows that were merged stay rows; what 0001 does not know is gone."""
        await move(database, downgrade, "0001")
        await _write_as_0001(database, "plan", [("ada", [7]), ("ada", [7]), ("bob", [8])])
        before = await schema_of(database)
        await move(database, upgrade, "head")
        pool = await Pool.open(database)
        documents, history = PostgresDocuments(pool), PostgresHistory(pool)
        key = (await documents.get("plan")).key
        await documents.save_snapshot(key, Snapshot(3, b"state"))
        rows = await history.rows(key, 0, 2)
        merged = LogRow(2, 1, rows[0].author, rows[1].at, b"both")
        await history.replace_rows(key, first=1, last=2, merged=[merged])
        await history.add_version(
            key, sequence=3, kind=VersionKind.NAMED, name="n", by=rows[0].author, digest=b""
        )
        await pool.close()
        await move(database, downgrade, "0001")
        assert await schema_of(database) == before
        assert await stored(database) == {key: [(2, b"both"), (3, b"update")]}
        await _write_as_0001(database, "plan", [("eve", [9])])


class TestRefusals:
    async def test_a_newer_database(self, database: ConnectionTarget) -> None:
        """A schema from the future is left alone, and named."""
        await _execute(database, "UPDATE alembic_version SET version_num = '9999'")
        with pytest.raises(StartupError, match="9999, which this version of collab does not know"):
            await migrate(database)
        await _execute(database, f"UPDATE alembic_version SET version_num = '{head_revision()}'")
        await migrate(database)

    async def test_a_role_without_rights(self, empty: ConnectionTarget, admin: Connection) -> None:
        """PostgreSQL's reason in one sentence; with the right it works."""
        async with _role(admin, "clerk") as role:
            clerk = ConnectionTarget(empty.url.replace("postgres@", f"{role}@"))
            with pytest.raises(StartupError) as caught:
                await migrate(clerk)
            assert str(caught.value) == (
                f"The schema of {clerk.public} cannot be upgraded: "
                "permission denied for schema public."
            )
            await _execute(empty, f"GRANT ALL ON SCHEMA public TO {role}")
            await migrate(clerk)
            await _works(clerk)
            await _execute(empty, f"DROP OWNED BY {role}")

    async def test_a_role_with_too_few_connections(
        self, empty: ConnectionTarget, admin: Connection
    ) -> None:
        """Migrating takes two connections; if there is only one, it says so."""
        async with _role(admin, "clerk") as role:
            await admin.execute(f"ALTER ROLE {role} CONNECTION LIMIT 1")
            clerk = ConnectionTarget(empty.url.replace("postgres@", f"{role}@"))
            with pytest.raises(StartupError, match="too many connections for role"):
                await migrate(clerk)

    async def test_a_read_only_database(self, empty: ConnectionTarget, admin: Connection) -> None:
        """A standby, or a database that was closed, is not a place to migrate."""
        await admin.execute("ALTER DATABASE empty SET default_transaction_read_only = on")
        with pytest.raises(StartupError, match=r"cannot be upgraded: .*read-only transaction"):
            await migrate(empty)

    async def test_a_migration_that_fails_leaves_no_lock(self, empty: ConnectionTarget) -> None:
        """Something is in the way: refused; out of the way: migrated, nothing left half-done."""
        await _execute(empty, "CREATE TABLE snapshots (mine int)")
        with pytest.raises(StartupError, match='relation "snapshots" already exists'):
            await migrate(empty)
        assert {row[1] for row in await schema_of(empty)} <= {"snapshots", "alembic_version"}
        await _execute(empty, "DROP TABLE snapshots")
        await migrate(empty)
        await _works(empty)


class TestReadiness:
    async def test_only_the_schema_we_know_is_ready(self, empty: ConnectionTarget) -> None:
        """Not before the migration, not after a newer one."""
        pool = await Pool.open(empty)
        with pytest.raises(Unavailable, match="run collab migrate"):
            await check_ready(pool)
        await migrate(empty)
        await check_ready(pool)
        await _execute(empty, "UPDATE alembic_version SET version_num = '9999'")
        with pytest.raises(Unavailable, match="9999"):
            await check_ready(pool)
        await _execute(empty, "DELETE FROM alembic_version")
        with pytest.raises(Unavailable):
            await check_ready(pool)
        await pool.close()


async def _execute(target: ConnectionTarget, statement: str) -> None:
    connection = await connect(target)
    await connection.execute(statement)
    await connection.close()


async def _write_as_0001(
    target: ConnectionTarget, document: str, updates: Sequence[tuple[str, Sequence[int]]]
) -> None:
    """Append (author, client ids) of updates as the first release does."""
    connection = await connect(target)
    await connection.execute(
        "INSERT INTO documents (id, created_by) VALUES ($1, 'ada') ON CONFLICT DO NOTHING", document
    )
    for author, clients in updates:
        await connection.execute(
            """
            WITH counted AS (
                UPDATE documents SET sequence = sequence + 1 WHERE id = $1 RETURNING key, sequence
            )
            INSERT INTO updates (
                document, sequence, at, author, author_name, client_ids, entry, update
            )
            SELECT key, sequence, now(), $2, initcap($2), $3, $4, 'update' FROM counted
            """,
            *(document, author, clients, uuid4()),
        )
    await connection.close()


async def _works(target: ConnectionTarget) -> None:
    """Check that documents can be made and written in."""
    pool = await Pool.open(target)
    made = await PostgresDocuments(pool).create("works", title="", author="ada", seed=None)
    async with started_log(target) as log:
        assert await log.append(entry(made.key)) == 1
    await check_ready(pool)
    await pool.close()


@contextlib.asynccontextmanager
async def _role(admin: Connection, name: str) -> AsyncIterator[str]:
    await admin.execute(f"CREATE ROLE {name} LOGIN")
    try:
        yield name
    finally:
        await admin.execute(f"DROP ROLE {name}")
