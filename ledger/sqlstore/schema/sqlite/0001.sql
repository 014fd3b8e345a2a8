-- Times are text in UTC to the microsecond, such as '2026-03-14 15:09:26.535897': they sort as they are, and SQLite's
-- date functions read them. No table has a rowid: nothing is counted but by owner.

-- One row an owner: the unit of consistency. A commit moves version on by one, or fails.
CREATE TABLE {prefix}records (
    owner    TEXT NOT NULL, -- a member, a team, a stock: whoever has accounts
    version  INTEGER NOT NULL, -- one more with each commit; 0 is as if the row were not there
    seq      INTEGER NOT NULL, -- how many transactions the owner has
    head     BLOB, -- the hash of the last of them
    docs_due TEXT, -- when time alone changes a document; NULL is never
    due      TEXT, -- when time alone changes anything; NULL is never
    accounts TEXT, -- JSON: what the owner has, by unit; the views accounts, lots and holds unfold it
    docs     TEXT, -- JSON: what else changes in the same commit (tier, counters, challenges), by name and each byte for byte; NULL is none
    PRIMARY KEY (owner),
    CHECK (version >= 0)
) STRICT, WITHOUT ROWID;

-- Every id a transaction has taken: none is ever taken twice.
CREATE TABLE {prefix}keys (
    owner TEXT NOT NULL,
    id    TEXT NOT NULL, -- of a request, a reference, or an alias
    seq   INTEGER NOT NULL, -- which of the owner's transactions took it
    PRIMARY KEY (owner, id)
) STRICT, WITHOUT ROWID;

-- The books: one row a transaction in the history of each owner it touches. The row whose home is its
-- owner is the first; others are copies of it, so that each owner's history stands by itself.
CREATE TABLE {prefix}transactions (
    owner       TEXT NOT NULL,
    seq         INTEGER NOT NULL,
    home        TEXT NOT NULL, -- the owner who caused it
    id          TEXT NOT NULL, -- its key among the home owner's
    reference   TEXT NOT NULL, -- the host's own number; '' for none
    kind        TEXT NOT NULL,
    effective   TEXT, -- when it happened
    recorded    TEXT, -- when it was written
    reason      TEXT NOT NULL,
    actor       TEXT NOT NULL,
    fingerprint BLOB, -- of the request, to tell a repeat from another
    prev        BLOB, -- the hash of the transaction before; NULL for the first
    hash        BLOB,
    erased      BLOB, -- the digest of reason, actor and details, once these have been erased
    totals      TEXT NOT NULL, -- the owner's total after it, by unit: JSON
    aliases     TEXT NOT NULL, -- further ids it took: JSON; '' for none
    links       TEXT NOT NULL, -- its place in every owner's history, when there are several: JSON; '' for one
    postings    TEXT NOT NULL, -- what it moved: JSON, which the view postings unfolds; '' for nothing
    details     BLOB, -- the host's own, byte for byte
    PRIMARY KEY (owner, seq)
) STRICT, WITHOUT ROWID;

-- The one index that does not begin with the owner, and is not unique: for the sweep.
CREATE INDEX {prefix}due ON {prefix}records (due, owner) WHERE due IS NOT NULL;

-- What an owner has in a unit, beside the lots.
CREATE VIEW {prefix}accounts AS
SELECT r.owner, json_extract(a.value, '$.unit') AS unit, COALESCE(json_extract(a.value, '$.earned'), 0) AS earned,
    COALESCE(json_extract(a.value, '$.spent'), 0) AS spent, COALESCE(json_extract(a.value, '$.debt'), 0) AS debt
FROM {prefix}records r, json_each(r.accounts) a;

-- The open holds. Their points are in {prefix}lots.
CREATE VIEW {prefix}holds AS
SELECT r.owner, json_extract(a.value, '$.unit') AS unit, json_extract(h.value, '$.hold') AS hold, json_extract(h.value, '$.made') AS made, json_extract(h.value, '$.until') AS held_until
FROM {prefix}records r, json_each(r.accounts) a, json_each(a.value, '$.holds') h;

-- The points there are, free or held, by their terms: a hold of '' is none, and a hold without end has no
-- held_until; no activation is at once or at the event awaited, no expiry is never.
CREATE VIEW {prefix}lots AS
SELECT h.owner, h.unit, h.hold, h.held_until, json_extract(l.value, '$.points') AS points, json_extract(l.value, '$.issued') AS issued, json_extract(l.value, '$.activates') AS activates,
    COALESCE(json_extract(l.value, '$.awaits'), '') AS awaits, json_extract(l.value, '$.expires') AS expires
FROM (
    SELECT r.owner, json_extract(a.value, '$.unit') AS unit, '' AS hold, NULL AS held_until, a.value
    FROM {prefix}records r, json_each(r.accounts) a
    UNION ALL
    SELECT r.owner, json_extract(a.value, '$.unit'), json_extract(h.value, '$.hold'), json_extract(h.value, '$.until'), h.value
    FROM {prefix}records r, json_each(r.accounts) a, json_each(a.value, '$.holds') h
) h, json_each(h.value, '$.lots') l;

-- What transactions moved: points from one place to another. An owner of '' is none: then it is a flow. Copies
-- of a transaction have copies of its postings: count those of home = owner.
CREATE VIEW {prefix}postings AS
SELECT t.owner, t.seq, t.home, p.key + 1 AS nth, json_extract(p.value, '$.unit') AS unit, json_extract(p.value, '$.points') AS points,
    COALESCE(json_extract(p.value, '$.from.owner'), '') AS from_owner, COALESCE(json_extract(p.value, '$.from.lot'), '') AS from_lot,
    COALESCE(json_extract(p.value, '$.from.hold'), '') AS from_hold, COALESCE(json_extract(p.value, '$.from.flow'), '') AS from_flow,
    COALESCE(json_extract(p.value, '$.to.owner'), '') AS to_owner, COALESCE(json_extract(p.value, '$.to.lot'), '') AS to_lot,
    COALESCE(json_extract(p.value, '$.to.hold'), '') AS to_hold, COALESCE(json_extract(p.value, '$.to.flow'), '') AS to_flow,
    COALESCE(json_extract(p.value, '$.reason'), t.reason) AS reason, t.kind, t.effective
FROM {prefix}transactions t, json_each(NULLIF(t.postings, '')) p;

-- Balances by the database's clock, whether or not the sweep has been there: expired lots do not count, and
-- holds that have timed out hold no more. Free points pay a debt first.
CREATE VIEW {prefix}balances AS
SELECT owner, unit,
    active - min(active, debt) AS available, pending, held, debt - min(active, debt) AS debt,
    active + pending + held - debt AS total, earned, spent
FROM (
    SELECT a.owner, a.unit, a.earned, a.spent, a.debt,
        COALESCE(SUM(CASE WHEN l.held = 0 AND l.pending = 0 THEN l.points END), 0) AS active,
        COALESCE(SUM(CASE WHEN l.held = 0 AND l.pending = 1 THEN l.points END), 0) AS pending,
        COALESCE(SUM(CASE WHEN l.held = 1 THEN l.points END), 0) AS held
    FROM {prefix}accounts a
    LEFT JOIN (
        SELECT owner, unit, points, expires, CASE WHEN hold <> '' AND (held_until IS NULL OR held_until > strftime('%Y-%m-%d %H:%M:%f000', 'now')) THEN 1 ELSE 0 END AS held,
            CASE WHEN activates > strftime('%Y-%m-%d %H:%M:%f000', 'now') OR activates IS NULL AND awaits <> '' THEN 1 ELSE 0 END AS pending
        FROM {prefix}lots
    ) l ON l.owner = a.owner AND l.unit = a.unit AND (l.held = 1 OR l.expires IS NULL OR l.expires > strftime('%Y-%m-%d %H:%M:%f000', 'now'))
    GROUP BY a.owner, a.unit, a.earned, a.spent, a.debt
) b;

-- Points outstanding, free or held, by the month (UTC) in which they expire; NULL is never. A month that has
-- passed shows what the sweep has not recorded yet.
CREATE VIEW {prefix}expiries AS
SELECT substr(expires, 1, 7) AS month, unit, COUNT(*) AS lots, SUM(points) AS points
FROM {prefix}lots
GROUP BY substr(expires, 1, 7), unit;

-- Points by reason and month (UTC) of the transaction: where they came from and where they went. A source
-- or target of '' is an owner; every other is a flow, such as issued, redeemed or expired.
CREATE VIEW {prefix}reasons AS
SELECT substr(effective, 1, 7) AS month, unit, kind, reason, from_flow AS source, to_flow AS target,
    COUNT(*) AS postings, SUM(points) AS points
FROM {prefix}postings
WHERE home = owner
GROUP BY substr(effective, 1, 7), unit, kind, reason, from_flow, to_flow;
