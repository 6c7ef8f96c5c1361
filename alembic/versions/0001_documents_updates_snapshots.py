"""Documents, their update log and their snapshots."""

from __future__ import annotations

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE documents (
            key        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            id         text NOT NULL UNIQUE CHECK (id ~ '^[A-Za-z0-9][A-Za-z0-9._~-]{0,127}$'),
            title      text NOT NULL DEFAULT '',
            epoch      integer NOT NULL DEFAULT 1,
            sequence   bigint NOT NULL DEFAULT 0,
            size       bigint NOT NULL DEFAULT 0,
            created_by text NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            updated_at timestamptz NOT NULL DEFAULT now(),
            deleted_at timestamptz
        )
        """
    )
    # A listing walks this backwards, newest activity first.
    op.execute("CREATE INDEX documents_by_activity ON documents (updated_at, key)")
    op.execute(
        """
        CREATE TABLE updates (
            document    bigint NOT NULL REFERENCES documents (key),
            sequence    bigint NOT NULL,
            at          timestamptz NOT NULL,
            author      text NOT NULL,
            author_name text NOT NULL,
            client_ids  bigint[] NOT NULL,
            entry       uuid NOT NULL,
            update      bytea NOT NULL,
            PRIMARY KEY (document, sequence)
        )
        """
    )
    # However often an entry is sent because the outcome of a commit is unknown: it is there once.
    op.execute("CREATE UNIQUE INDEX updates_by_entry ON updates (entry)")
    op.execute(
        """
        CREATE TABLE snapshots (
            document bigint NOT NULL REFERENCES documents (key),
            sequence bigint NOT NULL,
            at       timestamptz NOT NULL DEFAULT now(),
            state    bytea NOT NULL,
            parked   bytea[] NOT NULL,
            PRIMARY KEY (document, sequence)
        )
        """
    )
    # Yjs updates are already dense: trying to compress them costs more than it saves.
    op.execute("ALTER TABLE updates ALTER COLUMN update SET STORAGE EXTERNAL")
    op.execute("ALTER TABLE snapshots ALTER COLUMN state SET STORAGE EXTERNAL")


def downgrade() -> None:
    op.execute("DROP TABLE snapshots")
    op.execute("DROP TABLE updates")
    op.execute("DROP TABLE documents")
