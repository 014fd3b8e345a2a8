-- Ids compare byte by byte (COLLATE "C"). Rows that change have room beside them (fillfactor), so that an update
-- need not touch the index. There are no CHECK constraints: PostgreSQL prepares each anew for every statement, and
-- the four there were took as long as half a commit. A release that alters a table makes the function commit anew.

-- One row an owner: the unit of consistency. A commit moves version on by one, or fails.
CREATE TABLE {prefix}records (
    owner    TEXT COLLATE "C" NOT NULL, -- a member, a team, a stock: whoever has accounts
    version  BIGINT NOT NULL, -- one more with each commit; 0 is as if the row were not there
    seq      BIGINT NOT NULL, -- how many transactions the owner has
    head     BYTEA, -- the hash of the last of them
    docs_due TIMESTAMPTZ, -- when time alone changes a document; NULL is never
    due      TIMESTAMPTZ, -- when time alone changes anything; NULL is never
    accounts TEXT, -- JSON: what the owner has, by unit; the views accounts, lots and holds unfold it
    docs     TEXT, -- JSON: what else changes in the same commit (tier, counters, challenges), by name and each byte for byte; NULL is none
    PRIMARY KEY (owner)
) WITH (fillfactor = 70);

-- Every id a transaction has taken: none is ever taken twice.
CREATE TABLE {prefix}keys (
    owner TEXT COLLATE "C" NOT NULL,
    id    TEXT COLLATE "C" NOT NULL, -- of a request, a reference, or an alias
    seq   BIGINT NOT NULL, -- which of the owner's transactions took it
    PRIMARY KEY (owner, id)
);

-- The books: one row a transaction in the history of each owner it touches. The row whose home is its
-- owner is the first; others are copies of it, so that each owner's history stands by itself.
CREATE TABLE {prefix}transactions (
    owner       TEXT COLLATE "C" NOT NULL,
    seq         BIGINT NOT NULL,
    home        TEXT COLLATE "C" NOT NULL, -- the owner who caused it
    id          TEXT COLLATE "C" NOT NULL, -- its key among the home owner's
    reference   TEXT COLLATE "C" NOT NULL, -- the host's own number; '' for none
    kind        TEXT NOT NULL,
    effective   TIMESTAMPTZ, -- when it happened
    recorded    TIMESTAMPTZ, -- when it was written
    reason      TEXT NOT NULL,
    actor       TEXT NOT NULL,
    fingerprint BYTEA, -- of the request, to tell a repeat from another
    prev        BYTEA, -- the hash of the transaction before; NULL for the first
    hash        BYTEA,
    erased      BYTEA, -- the digest of reason, actor and details, once these have been erased
    totals      TEXT NOT NULL, -- the owner's total after it, by unit: JSON
    aliases     TEXT NOT NULL, -- further ids it took: JSON; '' for none
    links       TEXT NOT NULL, -- its place in every owner's history, when there are several: JSON; '' for one
    postings    TEXT NOT NULL, -- what it moved: JSON, which the view postings unfolds; '' for nothing
    details     BYTEA, -- the host's own, byte for byte
    PRIMARY KEY (owner, seq)
);

-- The one index that does not begin with the owner, and is not unique: for the sweep.
CREATE INDEX {prefix}due ON {prefix}records (due, owner) WHERE due IS NOT NULL;

-- The commit of a change, in one call: false, and nothing written, when a record has moved on or an id is taken. That is no
-- error, which would spoil a host's transaction and fill the server's log. Rows of the same owner are
-- written by whoever has moved on its record, and records come in the order of their owners, so that no two
-- commits wait for each other. Not made on Citus.
CREATE FUNCTION {prefix}commit(
    put_records {prefix}records[], put_keys {prefix}keys[], put_transactions {prefix}transactions[], erase {prefix}transactions[], shared BOOLEAN
) RETURNS BOOLEAN LANGUAGE plpgsql AS $$
DECLARE
    r {prefix}records;
    k {prefix}keys;
    t {prefix}transactions;
BEGIN
    IF shared THEN -- others wait, who do not need the lock
        PERFORM set_config('lock_timeout', '20ms', true);
    END IF;
    FOREACH r IN ARRAY put_records LOOP
        IF r.version > 1 THEN -- no documents given are those there, and '' is that there are none
            UPDATE {prefix}records x SET version = r.version, seq = r.seq, head = r.head, docs_due = r.docs_due, due = r.due, accounts = r.accounts,
                docs = CASE WHEN r.docs IS NULL THEN x.docs ELSE NULLIF(r.docs, '') END
            WHERE x.owner = r.owner AND x.version = r.version - 1;
        ELSE -- one that is there at version 0 was made to lock it
            INSERT INTO {prefix}records AS x VALUES (r.*)
            ON CONFLICT (owner) DO UPDATE SET version = r.version, seq = r.seq, head = r.head, docs_due = r.docs_due, due = r.due, accounts = r.accounts, docs = r.docs
            WHERE x.version = 0;
        END IF;
        IF NOT FOUND THEN
            RAISE serialization_failure;
        END IF;
    END LOOP;
    IF cardinality(put_transactions) > 2 THEN -- one statement for all is faster than one a row
        INSERT INTO {prefix}keys SELECT * FROM unnest(put_keys);
        INSERT INTO {prefix}transactions SELECT * FROM unnest(put_transactions);
    ELSE
        FOREACH k IN ARRAY put_keys LOOP
            INSERT INTO {prefix}keys VALUES (k.*);
        END LOOP;
        FOREACH t IN ARRAY put_transactions LOOP
            INSERT INTO {prefix}transactions VALUES (t.*);
        END LOOP;
    END IF;
    FOREACH t IN ARRAY erase LOOP
        UPDATE {prefix}transactions x SET reason = '', actor = '', details = NULL, erased = t.erased
        WHERE x.owner = t.owner AND x.seq = t.seq AND x.home = t.home AND x.id = t.id;
        IF NOT FOUND THEN
            RAISE serialization_failure;
        END IF;
    END LOOP;
    RETURN true;
EXCEPTION WHEN serialization_failure OR unique_violation THEN
    RETURN false;
END
$$;

-- What an owner has in a unit, beside the lots.
CREATE VIEW {prefix}accounts AS
SELECT r.owner, a.unit, COALESCE(a.earned, 0) AS earned, COALESCE(a.spent, 0) AS spent, COALESCE(a.debt, 0) AS debt
FROM {prefix}records r
CROSS JOIN LATERAL json_to_recordset(r.accounts::json) AS a (unit TEXT COLLATE "C", earned BIGINT, spent BIGINT, debt BIGINT);

-- The open holds. Their points are in {prefix}lots.
CREATE VIEW {prefix}holds AS
SELECT r.owner, a.unit, h.hold, h.made AT TIME ZONE 'UTC' AS made, h.until AT TIME ZONE 'UTC' AS held_until
FROM {prefix}records r
CROSS JOIN LATERAL json_to_recordset(r.accounts::json) AS a (unit TEXT COLLATE "C", holds JSON)
CROSS JOIN LATERAL json_to_recordset(a.holds) AS h (hold TEXT COLLATE "C", made TIMESTAMP, until TIMESTAMP);

-- The points there are, free or held, by their terms: a hold of '' is none, and a hold without end has no
-- held_until; no activation is at once or at the event awaited, no expiry is never.
CREATE VIEW {prefix}lots AS
SELECT h.owner, h.unit, h.hold, h.until AT TIME ZONE 'UTC' AS held_until, l.points, l.issued AT TIME ZONE 'UTC' AS issued, l.activates AT TIME ZONE 'UTC' AS activates,
    COALESCE(l.awaits, '') AS awaits, l.expires AT TIME ZONE 'UTC' AS expires
FROM (
    SELECT r.owner, a.unit, '' AS hold, NULL::timestamp AS until, a.lots
    FROM {prefix}records r
    CROSS JOIN LATERAL json_to_recordset(r.accounts::json) AS a (unit TEXT COLLATE "C", lots JSON)
    UNION ALL
    SELECT r.owner, a.unit, h.hold, h.until, h.lots
    FROM {prefix}records r
    CROSS JOIN LATERAL json_to_recordset(r.accounts::json) AS a (unit TEXT COLLATE "C", holds JSON)
    CROSS JOIN LATERAL json_to_recordset(a.holds) AS h (hold TEXT COLLATE "C", until TIMESTAMP, lots JSON)
) h
CROSS JOIN LATERAL json_to_recordset(h.lots) AS l (points BIGINT, issued TIMESTAMP, activates TIMESTAMP, awaits TEXT, expires TIMESTAMP);

-- What transactions moved: points from one place to another. An owner of '' is none: then it is a flow. Copies
-- of a transaction have copies of its postings: count those of home = owner.
CREATE VIEW {prefix}postings AS
SELECT t.owner, t.seq, t.home, p.nth, p.posting->>'unit' AS unit, (p.posting->>'points')::bigint AS points,
    COALESCE(p.posting->'from'->>'owner', '') AS from_owner, COALESCE(p.posting->'from'->>'lot', '') AS from_lot,
    COALESCE(p.posting->'from'->>'hold', '') AS from_hold, COALESCE(p.posting->'from'->>'flow', '') AS from_flow,
    COALESCE(p.posting->'to'->>'owner', '') AS to_owner, COALESCE(p.posting->'to'->>'lot', '') AS to_lot,
    COALESCE(p.posting->'to'->>'hold', '') AS to_hold, COALESCE(p.posting->'to'->>'flow', '') AS to_flow,
    COALESCE(p.posting->>'reason', t.reason) AS reason, t.kind, t.effective
FROM {prefix}transactions t
CROSS JOIN LATERAL json_array_elements(NULLIF(t.postings, '')::json) WITH ORDINALITY AS p (posting, nth);

-- Balances by the database's clock, whether or not the sweep has been there: expired lots do not count, and
-- holds that have timed out hold no more. Free points pay a debt first.
CREATE VIEW {prefix}balances AS
SELECT owner, unit,
    active - LEAST(active, debt) AS available, pending, held, debt - LEAST(active, debt) AS debt,
    active + pending + held - debt AS total, earned, spent
FROM (
    SELECT a.owner, a.unit, a.earned, a.spent, a.debt,
        COALESCE(SUM(CASE WHEN l.held = 0 AND l.pending = 0 THEN l.points END), 0) AS active,
        COALESCE(SUM(CASE WHEN l.held = 0 AND l.pending = 1 THEN l.points END), 0) AS pending,
        COALESCE(SUM(CASE WHEN l.held = 1 THEN l.points END), 0) AS held
    FROM {prefix}accounts a
    LEFT JOIN (
        SELECT owner, unit, points, expires, CASE WHEN hold <> '' AND (held_until IS NULL OR held_until > now()) THEN 1 ELSE 0 END AS held,
            CASE WHEN activates > now() OR activates IS NULL AND awaits <> '' THEN 1 ELSE 0 END AS pending
        FROM {prefix}lots
    ) l ON l.owner = a.owner AND l.unit = a.unit AND (l.held = 1 OR l.expires IS NULL OR l.expires > now())
    GROUP BY a.owner, a.unit, a.earned, a.spent, a.debt
) b;

-- Points outstanding, free or held, by the month (UTC) in which they expire; NULL is never. A month that has
-- passed shows what the sweep has not recorded yet.
CREATE VIEW {prefix}expiries AS
SELECT to_char(expires AT TIME ZONE 'UTC', 'YYYY-MM') AS month, unit, COUNT(*) AS lots, SUM(points) AS points
FROM {prefix}lots
GROUP BY to_char(expires AT TIME ZONE 'UTC', 'YYYY-MM'), unit;

-- Points by reason and month (UTC) of the transaction: where they came from and where they went. A source
-- or target of '' is an owner; every other is a flow, such as issued, redeemed or expired.
CREATE VIEW {prefix}reasons AS
SELECT to_char(effective AT TIME ZONE 'UTC', 'YYYY-MM') AS month, unit, kind, reason, from_flow AS source, to_flow AS target,
    COUNT(*) AS postings, SUM(points) AS points
FROM {prefix}postings
WHERE home = owner
GROUP BY to_char(effective AT TIME ZONE 'UTC', 'YYYY-MM'), unit, kind, reason, from_flow, to_flow;
