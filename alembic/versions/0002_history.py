"""History: whose the Yjs clients are, versions, merged rows. Only adds: older servers may still run."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # First what takes long (it only reads the log, nobody waits for it), then what locks, which is
    # instant: documents before updates, as everybody does. Documents get no column: older servers
    # SELECT * from them, and a prepared statement whose columns change fails once.
    op.execute(
        """
        CREATE TABLE claims (
            document    bigint NOT NULL,
            client      bigint NOT NULL,
            first       bigint NOT NULL,
            author      text NOT NULL,
            author_name text NOT NULL,
            PRIMARY KEY (document, client, first)
        )
        """
    )
    # Whoever first wrote as a client owns it from its first clock on.
    op.execute(
        """
        INSERT INTO claims (document, client, first, author, author_name)
        SELECT named.document, named.client, 0, updates.author, updates.author_name
        FROM (
            SELECT document, client, min(sequence) AS sequence
            FROM updates, unnest(client_ids) AS client
            GROUP BY document, client
        ) AS named
        JOIN updates USING (document, sequence)
        """
    )
    # A lock that is not got in this time (a backup is running) fails the migration, not the edits.
    op.execute("SET LOCAL lock_timeout = '20s'")
    op.execute("ALTER TABLE claims ADD FOREIGN KEY (document) REFERENCES documents (key)")
    op.execute(
        """
        CREATE TABLE versions (
            key             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            document        bigint NOT NULL REFERENCES documents (key),
            sequence        bigint NOT NULL,
            kind            text NOT NULL
                            CHECK (kind IN ('named', 'session', 'activity', 'beforeRestore')),
            name            text,
            at              timestamptz NOT NULL DEFAULT now(),
            created_by      text NOT NULL,
            created_by_name text NOT NULL,
            authors         jsonb NOT NULL,
            digest          bytea NOT NULL,
            UNIQUE (document, sequence)
        )
        """
    )
    # Up to `merged_through` no row is unmerged, up to `dropped_through` no row is needed: who looks
    # for old rows to merge or to drop need not go over the log. An index on updates (at) would cost
    # every keystroke, and a BRIN would lead to all that is old, most of it merged long ago.
    op.execute(
        """
        CREATE TABLE retention (
            document        bigint PRIMARY KEY REFERENCES documents (key),
            merged_through  bigint NOT NULL DEFAULT 0,
            dropped_through bigint NOT NULL DEFAULT 0
        )
        """
    )
    # A row is one update with its own sequence number, or (first_sequence is not NULL) older ones
    # of one author, merged, the first of them made at first_at.
    op.execute(
        """
        ALTER TABLE updates
            ADD COLUMN first_sequence bigint,
            ADD COLUMN first_at timestamptz,
            ADD COLUMN merged_updates integer NOT NULL DEFAULT 1,
            ADD COLUMN carrier text
        """
    )


def downgrade() -> None:
    op.execute("DROP TABLE retention")
    op.execute("DROP TABLE versions")
    op.execute("DROP TABLE claims")
    op.execute(
        """
        ALTER TABLE updates
            DROP COLUMN first_sequence,
            DROP COLUMN first_at,
            DROP COLUMN merged_updates,
            DROP COLUMN carrier
        """
    )
