-- standing --
-- What somebody ($2) is a member as in document $1 (its id), and the link with digest $3 or id $4.
SELECT
    members.role AS member,
    links.id AS link,
    links.role AS link_role,
    links.expires_at,
    links.used_at
FROM documents
LEFT JOIN members ON members.document = documents.key AND members.person = $2
LEFT JOIN links
    ON links.document = documents.key AND links.revoked_at IS NULL
    AND (links.digest = $3 OR links.id = $4)
WHERE documents.id = $1

-- use_link --
UPDATE links SET used_at = now() WHERE id = $1

-- lock_document --
-- The lock an append takes: changes of one document's rights come one after the other.
SELECT key, deleted_at FROM documents WHERE id = $1 FOR NO KEY UPDATE

-- members_of --
SELECT key, person, role, since, added_by
FROM members
WHERE document = $1 AND ($2::bigint IS NULL OR key > $2)
ORDER BY key
LIMIT $3

-- get_member --
SELECT person, role, since, added_by FROM members WHERE document = $1 AND person = $2

-- put_member --
INSERT INTO members (document, person, role, added_by)
VALUES ($1, $2, $3, $4)
ON CONFLICT (document, person) DO UPDATE
SET role = excluded.role, since = now(), added_by = excluded.added_by
RETURNING person, role, since, added_by

-- remove_member --
DELETE FROM members WHERE document = $1 AND person = $2

-- has_other_owner --
SELECT EXISTS (SELECT FROM members WHERE document = $1 AND role = 'owner' AND person <> $2)
