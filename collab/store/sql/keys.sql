-- find_key --
SELECT id, name, digest, created_at, used_at, revoked_at
FROM api_keys
WHERE id = $1 AND revoked_at IS NULL

-- use_key --
UPDATE api_keys SET used_at = now() WHERE id = $1

-- list_keys --
SELECT id, name, digest, created_at, used_at, revoked_at FROM api_keys ORDER BY key

-- make_key --
INSERT INTO api_keys (id, name, digest) VALUES ($1, $2, $3)

-- revoke_key --
UPDATE api_keys SET revoked_at = now()
WHERE id = $1 AND revoked_at IS NULL
RETURNING name
