-- documents_older_than --
-- Looked at is the oldest unmerged row of each document that has one. (Were a later row older, by
-- another server's clock, the document would be found that much later.)
SELECT documents.key
FROM documents
LEFT JOIN retention ON retention.document = documents.key
CROSS JOIN LATERAL (
    SELECT at
    FROM updates
    WHERE document = documents.key
      AND sequence > coalesce(merged_through, 0)
      AND first_sequence IS NULL
    ORDER BY sequence
    LIMIT 1
) AS oldest
WHERE coalesce(merged_through, 0) < documents.sequence AND oldest.at < $1
ORDER BY documents.key
LIMIT $2

-- unmerged_rows --
SELECT sequence, sequence AS first, author, author_name, at, update
FROM updates
WHERE document = $1
  AND at < $2
  AND first_sequence IS NULL
  AND sequence > (
      SELECT coalesce(max(merged_through), 0) FROM retention WHERE document = $1
  )
  AND sequence <= (SELECT max(sequence) FROM snapshots WHERE document = $1)
ORDER BY sequence
LIMIT $3

-- next_version --
-- The first moment from $2 on at which a version stands.
SELECT min(sequence) FROM versions WHERE document = $1 AND sequence >= $2

-- can_be_replaced --
-- All rows from $2 to $3 are there and were never merged, and no version stands between them.
SELECT
    count(*) > 0
    AND count(*) = $3::bigint - $2::bigint + 1
    AND NOT EXISTS (
        SELECT FROM versions WHERE document = $1 AND sequence >= $2 AND sequence < $3
    )
FROM updates
WHERE document = $1 AND sequence BETWEEN $2 AND $3 AND first_sequence IS NULL

-- take_rows --
DELETE FROM updates
WHERE document = $1 AND sequence BETWEEN $2 AND $3
RETURNING sequence, at, author, carrier, client_ids

-- put_rows --
INSERT INTO updates (
    document, sequence, first_sequence, merged_updates, first_at, at, author, author_name, carrier,
    client_ids, entry, update
)
SELECT
    $1, merged.sequence, merged.first_sequence, merged.merged_updates, merged.first_at, merged.at,
    merged.author, merged.author_name, merged.carrier, merged.client_ids::bigint[], merged.entry,
    merged.update
FROM unnest(
    $2::bigint[], $3::bigint[], $4::integer[], $5::timestamptz[], $6::timestamptz[], $7::text[],
    $8::text[], $9::text[], $10::text[], $11::uuid[], $12::bytea[]
) AS merged (
    sequence, first_sequence, merged_updates, first_at, at, author, author_name, carrier, client_ids,
    entry, update
)

-- note_merged --
-- Up to here, every row is merged.
INSERT INTO retention (document, merged_through)
SELECT
    key,
    coalesce(
        (
            SELECT updates.sequence - 1
            FROM updates
            WHERE document = $1
              AND updates.sequence > (
                  SELECT coalesce(max(merged_through), 0) FROM retention WHERE document = $1
              )
              AND first_sequence IS NULL
            ORDER BY updates.sequence
            LIMIT 1
        ),
        documents.sequence
    )
FROM documents
WHERE key = $1
ON CONFLICT (document) DO UPDATE SET merged_through = excluded.merged_through

-- documents_with_rows_before --
SELECT documents.key
FROM documents
CROSS JOIN LATERAL (
    SELECT sequence
    FROM versions
    WHERE document = documents.key AND at < $1
    ORDER BY sequence DESC
    LIMIT 1
) AS newest
WHERE EXISTS (
    SELECT FROM updates WHERE document = documents.key AND updates.sequence <= newest.sequence
)
ORDER BY documents.key
LIMIT $2

-- newest_version_before --
SELECT * FROM versions WHERE document = $1 AND at < $2 ORDER BY sequence DESC LIMIT 1

-- versions_without_snapshot --
SELECT *
FROM versions
WHERE document = $1
  AND sequence <= $2
  AND NOT EXISTS (
      SELECT FROM snapshots
      WHERE snapshots.document = $1 AND snapshots.sequence = versions.sequence
  )
ORDER BY sequence
LIMIT $3

-- versions_through --
-- The versions up to $2, which of them go, and whether the state of each is stored.
SELECT
    key,
    authors,
    coalesce(
        name IS NULL AND sequence < $2 AND sequence < max(sequence)
            FILTER (WHERE name IS NULL AND sequence < $2)
            OVER (PARTITION BY (at AT TIME ZONE 'UTC')::date),
        false
    ) AS goes,
    EXISTS (
        SELECT FROM snapshots
        WHERE snapshots.document = $1 AND snapshots.sequence = versions.sequence
    ) AS is_stored
FROM versions
WHERE document = $1 AND sequence <= $2
ORDER BY sequence

-- has_snapshot --
SELECT EXISTS (SELECT FROM snapshots WHERE document = $1 AND sequence = $2)

-- drop_versions --
DELETE FROM versions WHERE document = $1 AND key = ANY($2::bigint[])

-- drop_snapshots --
DELETE FROM snapshots
WHERE document = $1
  AND sequence < $2
  AND NOT EXISTS (
      SELECT FROM versions
      WHERE versions.document = $1 AND versions.sequence = snapshots.sequence
  )

-- note_dropped --
INSERT INTO retention (document, dropped_through)
VALUES ($1, $2)
ON CONFLICT (document) DO UPDATE
SET dropped_through = greatest(retention.dropped_through, excluded.dropped_through)

-- drop_rows --
-- The oldest 5,000 at most: while they go, the document is locked.
DELETE FROM updates
WHERE document = $1
  AND sequence <= least(
      $2,
      (SELECT sequence FROM updates WHERE document = $1 ORDER BY sequence OFFSET 4999 LIMIT 1)
  )

-- erase_rows --
DELETE FROM updates WHERE document = $1 AND sequence <= $2

-- erase_versions --
DELETE FROM versions WHERE document = $1 AND sequence < $2

-- erase_snapshots --
DELETE FROM snapshots WHERE document = $1 AND sequence <= $2

-- put_snapshot --
INSERT INTO snapshots (document, sequence, state, parked) VALUES ($1, $2, $3, $4)

-- cut_rows --
-- Of rows that began before $2, nothing says so any more.
UPDATE updates
SET first_sequence = $2 + 1,
    first_at = NULL,
    merged_updates = least(merged_updates, sequence - $2)
WHERE document = $1 AND sequence > $2 AND first_sequence <= $2

-- rewrite_rows --
UPDATE updates
SET update = given.update
FROM unnest($3::bigint[], $4::bytea[]) AS given (sequence, update)
WHERE updates.document = $1 AND updates.sequence = given.sequence AND updates.sequence > $2
RETURNING updates.sequence
