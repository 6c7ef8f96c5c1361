-- version_at --
SELECT * FROM versions WHERE document = $1 AND sequence = $2

-- moment_there --
-- What of a moment is there to read it from: its own snapshot, or else the log's rows up to it, of
-- which the last must end there, and no merged one begin before it and end after it. None of those
-- is merged from more than $3. (The empty document needs no row.)
SELECT
    $2 < (
        SELECT coalesce(max(dropped_through), 0) FROM retention WHERE document = $1
    ) AS is_dropped,
    EXISTS (SELECT FROM snapshots WHERE document = $1 AND sequence = $2) AS is_stored,
    (
        $2 = 0 OR EXISTS (SELECT FROM updates WHERE document = $1 AND sequence = $2)
    )
    AND NOT EXISTS (
        SELECT
        FROM updates
        WHERE document = $1
          AND sequence > $2
          AND sequence < $2 + $3::bigint
          AND first_sequence <= $2
    ) AS is_end_of_rows

-- version_before --
SELECT * FROM versions WHERE document = $1 AND sequence < $2 ORDER BY sequence DESC LIMIT 1

-- version_after --
SELECT * FROM versions WHERE document = $1 AND sequence > $2 ORDER BY sequence LIMIT 1

-- add_version --
INSERT INTO versions (
    document, sequence, kind, name, created_by, created_by_name, authors, digest
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
RETURNING *

-- contributions --
-- Who wrote what of ($2, $3], the busiest first, each named as in the newest row.
SELECT counted.author AS id, updates.author_name AS name, counted.updates
FROM (
    SELECT author, max(sequence) AS last, sum(merged_updates) AS updates
    FROM updates
    WHERE document = $1 AND sequence > $2 AND sequence <= $3
    GROUP BY author
) AS counted
JOIN updates ON updates.document = $1 AND updates.sequence = counted.last
ORDER BY counted.updates DESC, counted.last DESC

-- dropped_through --
SELECT coalesce(max(dropped_through), 0) FROM retention WHERE document = $1

-- set_authors --
UPDATE versions SET authors = $2 WHERE key = $1

-- list_versions --
SELECT *
FROM versions
WHERE document = $1 AND ($2::bigint IS NULL OR sequence < $2)
ORDER BY sequence DESC
LIMIT $3

-- get_version --
SELECT * FROM versions WHERE document = $1 AND key = $2

-- name_version --
UPDATE versions
SET name = $3,
    kind = CASE WHEN $3::text IS NOT NULL THEN 'named' WHEN kind = 'named' THEN 'session' ELSE kind END
WHERE document = $1 AND key = $2
RETURNING *

-- remove_version --
DELETE FROM versions WHERE document = $1 AND key = $2 RETURNING *
