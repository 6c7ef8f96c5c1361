"""The durable wall: a private PostgreSQL, migrations, the update log and the shelf of documents.

`update_log` is the heart: ordered group commit over all rooms, acknowledged after commit. SQL lives
in `sql/`, by name. Only this package speaks to Postgres.
"""
