-- create_document --
-- A new document, owned by $4 and noted as made by $5 ($6, from $7) when given; no row comes back when the id is in use.
WITH made AS (
    INSERT INTO documents (id, title, created_by)
    VALUES ($1, $2, $3)
    ON CONFLICT (id) DO NOTHING
    RETURNING *
),
owned AS (
    INSERT INTO members (document, person, role, added_by)
    SELECT key, $4, 'owner', $3 FROM made WHERE $4::text IS NOT NULL
    RETURNING document
),
noted AS (
    INSERT INTO audit (document, actor, actor_name, address, action, details)
    SELECT key, $5, $6, $7, 'document.created', jsonb_build_object('owner', $4::text)
    FROM made WHERE $5::text IS NOT NULL
)
SELECT * FROM made

-- get_document --
SELECT * FROM documents WHERE id = $1

-- list_documents --
-- One page, newest activity first, after the row ($3, $4) when given; of the ids $6 and those that
-- begin with one of $7 when given, and of those that $8 is a member of; of the deleted ones only
-- those they own.
SELECT *
FROM documents
WHERE (deleted_at IS NOT NULL) = $1
  AND ($2::text IS NULL OR title ILIKE $2 OR id ILIKE $2)
  AND ($3::timestamptz IS NULL OR (updated_at, key) < ($3, $4::bigint))
  AND (
      $6::text[] IS NULL
      OR id = ANY ($6)
      OR id ^@ ANY ($7::text[])
      OR key IN (
          SELECT document FROM members WHERE person = $8 AND (NOT $1 OR role = 'owner')
      )
  )
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

-- claims_of --
SELECT client, first, author, author_name
FROM claims
WHERE document = $1
ORDER BY client, first

-- newest_version --
SELECT coalesce(max(sequence), 0) FROM versions WHERE document = $1

-- save_snapshot --
-- Not where history was dropped or erased: who is late does not bring it back.
INSERT INTO snapshots (document, sequence, state, parked)
SELECT key, $2, $3, $4
FROM documents LEFT JOIN retention ON document = key
WHERE key = $1 AND (dropped_through IS NULL OR dropped_through < $2)
ON CONFLICT (document, sequence)
DO UPDATE SET state = excluded.state, parked = excluded.parked, at = now()

-- drop_old_snapshots --
-- The newest two stay: the one in use and the one before it. Of the older ones stay
--   * those a version stands at,
--   * those at or before which rows were dropped, for nothing else can rebuild them,
--   * keyframes, from which the moments after them are read: one goes only if the one before it (or
--     the empty document) and the one after it are at most 3,000 sequence numbers apart.
-- One goes at a time, the oldest that may: each save adds one, so it is enough to look at the last
-- few. Whatever came before those stays.
DELETE FROM snapshots
WHERE document = $1
  AND sequence = (
      SELECT last_few.sequence
      FROM (
          SELECT
              sequence,
              row_number() OVER (ORDER BY sequence DESC) AS place,
              lead(sequence) OVER (ORDER BY sequence) AS after,
              lag(sequence) OVER (ORDER BY sequence) AS before,
              count(*) OVER () AS found
          FROM (
              SELECT sequence FROM snapshots WHERE document = $1 ORDER BY sequence DESC LIMIT 12
          ) AS newest
      ) AS last_few
      LEFT JOIN retention ON retention.document = $1
      WHERE place > 2
        AND (before IS NOT NULL OR found < 12)
        AND after - coalesce(before, 0) <= 3000
        AND last_few.sequence > coalesce(dropped_through, 0)
        AND NOT EXISTS (
            SELECT FROM versions
            WHERE versions.document = $1 AND versions.sequence = last_few.sequence
        )
      ORDER BY last_few.sequence
      LIMIT 1
  )

-- note_size --
-- It stays as it is when there is none, because the one to be kept came too late.
UPDATE documents
SET size = coalesce(
    (SELECT length(state) FROM snapshots WHERE document = $1 ORDER BY sequence DESC LIMIT 1), size
)
WHERE key = $1
