-- create_document --
-- A new document; no row comes back when the id is in use.
INSERT INTO documents (id, title, created_by)
VALUES ($1, $2, $3)
ON CONFLICT (id) DO NOTHING
RETURNING *

-- get_document --
SELECT * FROM documents WHERE id = $1

-- list_documents --
-- One page, newest activity first, after the row ($3, $4) when given.
SELECT *
FROM documents
WHERE (deleted_at IS NOT NULL) = $1
  AND ($2::text IS NULL OR title ILIKE $2 OR id ILIKE $2)
  AND ($3::timestamptz IS NULL OR (updated_at, key) < ($3, $4::bigint))
ORDER BY updated_at DESC, key DESC
LIMIT $5

-- rename_document --
UPDATE documents
SET title = $2, updated_at = now()
WHERE id = $1 AND deleted_at IS NULL
RETURNING *

-- delete_document --
UPDATE documents
SET deleted_at = now()
WHERE id = $1 AND deleted_at IS NULL
RETURNING *

-- undelete_document --
UPDATE documents
SET deleted_at = NULL, updated_at = now()
WHERE id = $1 AND deleted_at IS NOT NULL
RETURNING *

-- newest_snapshot --
SELECT sequence, state, parked
FROM snapshots
WHERE document = $1
ORDER BY sequence DESC
LIMIT 1

-- updates_after --
SELECT sequence, update
FROM updates
WHERE document = $1 AND sequence > $2
ORDER BY sequence

-- save_snapshot --
INSERT INTO snapshots (document, sequence, state, parked)
VALUES ($1, $2, $3, $4)
ON CONFLICT (document, sequence)
DO UPDATE SET state = excluded.state, parked = excluded.parked, at = now()

-- drop_old_snapshots --
-- The newest two stay: the one in use and the one before it.
DELETE FROM snapshots
WHERE document = $1
  AND sequence < (
      SELECT sequence FROM snapshots WHERE document = $1 ORDER BY sequence DESC OFFSET 1 LIMIT 1
  )

-- note_size --
UPDATE documents
SET size = (
    SELECT length(state) FROM snapshots WHERE document = $1 ORDER BY sequence DESC LIMIT 1
)
WHERE key = $1
