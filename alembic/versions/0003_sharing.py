"""Sharing: members, share links, API keys, the audit log. Only adds: older servers may still run."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # References lock the documents against writers, for an instant: the new tables are empty. A lock
    # that is not got in this time (a backup is running) fails the migration, not the edits.
    op.execute("SET LOCAL lock_timeout = '20s'")
    op.execute(
        """
        CREATE TABLE members (
            key      bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
            document bigint NOT NULL REFERENCES documents (key),
            person   text NOT NULL,
            role     text NOT NULL CHECK (role IN ('viewer', 'commenter', 'editor', 'owner')),
            since    timestamptz NOT NULL DEFAULT now(),
            added_by text NOT NULL,
            PRIMARY KEY (document, person)
        )
        """
    )
    # Somebody's list of documents.
    op.execute("CREATE INDEX members_by_person ON members (person, document)")
    op.execute(
        """
        CREATE TABLE links (
            key             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            id              text NOT NULL UNIQUE,
            document        bigint NOT NULL REFERENCES documents (key),
            digest          bytea NOT NULL UNIQUE,
            role            text NOT NULL CHECK (role IN ('viewer', 'commenter', 'editor')),
            name            text NOT NULL,
            created_by      text NOT NULL,
            created_by_name text NOT NULL,
            created_at      timestamptz NOT NULL DEFAULT now(),
            expires_at      timestamptz,
            used_at         timestamptz,
            revoked_at      timestamptz
        )
        """
    )
    op.execute("CREATE INDEX links_of_document ON links (document, key) WHERE revoked_at IS NULL")
    op.execute(
        """
        CREATE TABLE api_keys (
            key        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            id         text NOT NULL UNIQUE,
            name       text NOT NULL,
            digest     bytea NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            used_at    timestamptz,
            revoked_at timestamptz
        )
        """
    )
    op.execute(
        """
        CREATE TABLE audit (
            key        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            document   bigint REFERENCES documents (key),
            at         timestamptz NOT NULL DEFAULT now(),
            actor      text NOT NULL,
            actor_name text NOT NULL,
            address    text NOT NULL,
            action     text NOT NULL,
            details    jsonb NOT NULL
        )
        """
    )
    op.execute("CREATE INDEX audit_of_document ON audit (document, key)")
    # Whoever made a document before there were members owns it; guests prove nothing, and what the
    # import made is nobody's.
    op.execute(
        """
        INSERT INTO members (document, person, role, since, added_by)
        SELECT key, created_by, 'owner', created_at, created_by
        FROM documents
        WHERE NOT created_by ^@ 'guest:' AND created_by <> 'import'
        """
    )


def downgrade() -> None:
    op.execute("DROP TABLE audit")
    op.execute("DROP TABLE api_keys")
    op.execute("DROP TABLE links")
    op.execute("DROP TABLE members")
