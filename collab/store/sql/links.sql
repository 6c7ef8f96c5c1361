-- find_link --
SELECT links.id, links.role, links.expires_at
FROM links JOIN documents ON documents.key = links.document
WHERE links.digest = $1 AND links.revoked_at IS NULL AND documents.deleted_at IS NULL

-- links_of --
SELECT *
FROM links
WHERE document = $1 AND revoked_at IS NULL AND ($2::bigint IS NULL OR key > $2)
ORDER BY key
LIMIT $3

-- count_links --
SELECT count(*) FROM links WHERE document = $1 AND revoked_at IS NULL

-- make_link --
INSERT INTO links (document, id, digest, role, name, expires_at, created_by, created_by_name)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
RETURNING *

-- revoke_link --
UPDATE links SET revoked_at = now()
WHERE document = $1 AND id = $2 AND revoked_at IS NULL
RETURNING role, name
