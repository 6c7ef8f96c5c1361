-- moment_at --
-- A moment can be read if a snapshot stands at it; or if it is not in the midst of a merged row, and
-- the log is whole from the empty document, or from a snapshot, up to it.
-- Going back from the moment, a row is in the midst of none if every row after it begins after it.
-- Which rows after the moment begin before it is known when going starts at the next row that was
-- never merged (no merged row reaches over one), or $3 further: nor is one merged from more.
WITH wanted AS (
    SELECT least($2, sequence) AS moment FROM documents WHERE key = $1
),
walk AS (
    SELECT
        moment,
        coalesce(
            (
                SELECT sequence - 1
                FROM updates
                WHERE document = $1
                  AND sequence BETWEEN moment + 1 AND moment + $3
                  AND first_sequence IS NULL
                ORDER BY sequence
                LIMIT 1
            ),
            moment + $3
        ) AS start
    FROM wanted
),
whole AS (
    SELECT sequence
    FROM (
        SELECT
            sequence,
            min(begins) OVER (
                ORDER BY sequence DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            ) AS next_begins
        FROM (
            SELECT sequence, coalesce(first_sequence, sequence) AS begins
            FROM updates
            WHERE document = $1
              AND sequence >= (SELECT moment - $3 FROM walk)
              AND sequence <= (SELECT start FROM walk)
            ORDER BY sequence DESC
        ) AS near
    ) AS walked
    WHERE sequence <= (SELECT moment FROM walk)
      AND (next_begins IS NULL OR next_begins > sequence)
    ORDER BY sequence DESC
    LIMIT 1
),
dropped AS (
    SELECT coalesce(max(dropped_through), 0) AS through FROM retention WHERE document = $1
)
SELECT CASE WHEN
    -- Nearly always: this row and the next were never merged, so that no merged row reaches over it.
    (SELECT first_sequence IS NULL FROM updates WHERE document = $1 AND sequence = $2)
    AND (
        SELECT first_sequence IS NULL
        FROM updates
        WHERE document = $1 AND sequence > $2
        ORDER BY sequence
        LIMIT 1
    ) IS NOT FALSE
    AND (SELECT through = 0 FROM dropped)
THEN $2 ELSE greatest(
    0,
    (
        SELECT max(sequence) FROM snapshots
        WHERE document = $1 AND sequence <= (SELECT moment FROM walk)
    ),
    (
        SELECT whole.sequence
        FROM whole, dropped
        WHERE dropped.through = 0
           OR EXISTS (
               SELECT FROM snapshots
               WHERE document = $1 AND sequence BETWEEN dropped.through AND whole.sequence
           )
    )
) END

-- snapshot_before --
SELECT sequence, state, parked
FROM snapshots
WHERE document = $1 AND sequence <= $2
ORDER BY sequence DESC
LIMIT 1

-- rows --
SELECT sequence, coalesce(first_sequence, sequence) AS first, author, author_name, at, update
FROM updates
WHERE document = $1 AND sequence > $2 AND sequence <= $3
ORDER BY sequence

-- keep_snapshot --
-- Not where history was dropped or erased: who is late does not bring it back.
INSERT INTO snapshots (document, sequence, state, parked)
SELECT key, $2, $3, $4
FROM documents LEFT JOIN retention ON document = key
WHERE key = $1 AND (dropped_through IS NULL OR dropped_through < $2)
ON CONFLICT DO NOTHING

-- spend_memory --
-- For one transaction: far less than this is needed, but expected is more than the usual 4 MB, and
-- then a whole log would be sorted on disk.
SET LOCAL work_mem = '64MB'; SET LOCAL jit = off

-- stretches --
-- Rows of an author within five minutes by the clock belong together whatever came between: so they
-- are put together first, by hashing, and only what is left is ordered and looked at for pauses.
-- What somebody else brought (carrier) is apart from what the author brought.
WITH bins AS MATERIALIZED (
    SELECT
        date_bin('5 minutes', at, '2000-01-01Z') AS bin,
        author,
        carrier,
        min(coalesce(first_sequence, sequence)) AS first,
        max(sequence) AS last,
        min(coalesce(first_at, at)) AS started_at,
        max(at) AS ended_at,
        sum(merged_updates) AS updates,
        sum(length(update)) AS size
    FROM updates
    WHERE document = $1
    GROUP BY bin, author, carrier
),
paused AS (
    SELECT *, started_at - lag(ended_at) OVER bins_of_author > interval '5 minutes' AS is_new
    FROM bins
    WINDOW bins_of_author AS (PARTITION BY author, carrier ORDER BY bin)
),
numbered AS (
    SELECT *, count(*) FILTER (WHERE is_new) OVER bins_of_author AS number
    FROM paused
    WINDOW bins_of_author AS (PARTITION BY author, carrier ORDER BY bin)
),
stretches AS (
    SELECT
        author,
        carrier,
        min(first) AS first,
        max(last) AS last,
        min(started_at) AS started_at,
        max(ended_at) AS ended_at,
        sum(updates)::bigint AS updates,
        sum(size)::bigint AS size
    FROM numbered
    GROUP BY author, carrier, number
    -- By their ends, of which no two have the same: so pages add up to the whole, each once.
    HAVING max(last) BETWEEN $2 AND $3
    ORDER BY max(last) DESC
    LIMIT $4
)
SELECT stretches.*, updates.author_name
FROM stretches
JOIN updates ON updates.document = $1 AND updates.sequence = stretches.last
ORDER BY stretches.last DESC
