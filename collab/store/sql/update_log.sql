-- append_group --
-- Appends entries of many documents at once. $1, $2: document keys and how many entries each gets;
-- $3 to $11: the entries, with their place among their document's ($4). Returns for each document the
-- sequence number before its first entry; a document that is gone returns no row. Keystrokes hardly
-- ever claim anything, so what keeps claims (append_claims) is put in only when there are some.
-- Rows are locked in the order of their keys, so that two servers never wait for each other; and no
-- more than an update locks them, so that nothing that refers to a document has to wait.
WITH given AS (
    SELECT * FROM unnest($1::bigint[], $2::bigint[]) AS given (document, entries)
),
locked AS MATERIALIZED (
    SELECT key FROM documents WHERE key = ANY($1::bigint[]) ORDER BY key FOR NO KEY UPDATE
),
counted AS (
    UPDATE documents
    SET sequence = sequence + given.entries, updated_at = now()
    FROM given JOIN locked ON locked.key = given.document
    WHERE documents.key = given.document
    RETURNING documents.key, documents.sequence - given.entries AS before
),
appended AS (
    INSERT INTO updates (
        document, sequence, at, author, author_name, carrier, client_ids, entry, update
    )
    SELECT
        entries.document, counted.before + entries.place, entries.at, entries.author,
        entries.author_name, entries.carrier, entries.client_ids::bigint[], entries.entry,
        entries.update
    FROM unnest(
        $3::bigint[], $4::bigint[], $5::timestamptz[], $6::text[], $7::text[], $8::text[],
        $9::text[], $10::uuid[], $11::bytea[]
    ) AS entries (document, place, at, author, author_name, carrier, client_ids, entry, update)
    JOIN counted ON counted.key = entries.document
)

-- append_claims --
-- Follows append_group when entries claim Yjs clients ($12 to $16). Joined with the documents counted,
-- which are locked by then: two who claim the same wait for the document, not for each other.
, claimed AS (
    INSERT INTO claims (document, client, first, author, author_name)
    SELECT new.document, new.client, new.first, new.author, new.author_name
    FROM unnest($12::bigint[], $13::bigint[], $14::bigint[], $15::text[], $16::text[])
        AS new (document, client, first, author, author_name)
    JOIN counted ON counted.key = new.document
    ON CONFLICT DO NOTHING
)

-- appended_before --
-- The end of append_group.
SELECT key, before FROM counted

-- lock_documents --
-- Waits for whoever is still committing to these documents.
SELECT key FROM documents WHERE key = ANY($1::bigint[]) ORDER BY key FOR NO KEY UPDATE

-- find_entries --
-- Which of the entries $1 are in the log already.
SELECT entry, sequence FROM updates WHERE entry = ANY($1::uuid[])
