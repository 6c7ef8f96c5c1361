-- note_deed --
INSERT INTO audit (document, actor, actor_name, address, action, details)
VALUES ($1, $2, $3, $4, $5, $6::text::jsonb)

-- deeds_of_document --
-- One page of document $1 (its key), newest first, before the entry $2 when given.
SELECT key, at, actor, actor_name, address, action, details::text AS details
FROM audit
WHERE document = $1 AND ($2::bigint IS NULL OR key < $2)
ORDER BY key DESC
LIMIT $3

-- find_document --
SELECT key, deleted_at FROM documents WHERE id = $1
