-- Ids are bytes, since every text collation here takes 'a' and 'a ' for the same; the views show them as text.
-- Times are in UTC. MySQL promises years from 1000 on, and keeps those from 1 on as well. A CREATE TABLE cannot be undone here, so each may be done again.

-- One row an owner: the unit of consistency. A commit moves version on by one, or fails.
CREATE TABLE IF NOT EXISTS {prefix}records (
    owner    VARBINARY(255) NOT NULL, -- a member, a team, a stock: whoever has accounts
    version  BIGINT NOT NULL, -- one more with each commit; 0 is as if the row were not there
    seq      BIGINT NOT NULL, -- how many transactions the owner has
    head     VARBINARY(32), -- the hash of the last of them
    docs_due DATETIME(6), -- when time alone changes a document; NULL is never
    due      DATETIME(6), -- when time alone changes anything; NULL is never
    accounts LONGTEXT, -- JSON: what the owner has, by unit; the views accounts, lots and holds unfold it
    docs     LONGTEXT, -- JSON: what else changes in the same commit (tier, counters, challenges), by name and each byte for byte; NULL is none
    PRIMARY KEY (owner),
    INDEX {prefix}due (due, owner), -- for the sweep: the one index that does not begin with the owner
    CHECK (version >= 0)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Every id a transaction has taken: none is ever taken twice.
CREATE TABLE IF NOT EXISTS {prefix}keys (
    owner VARBINARY(255) NOT NULL,
    id    VARBINARY(255) NOT NULL, -- of a request, a reference, or an alias
    seq   BIGINT NOT NULL, -- which of the owner's transactions took it
    PRIMARY KEY (owner, id)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- The books: one row a transaction in the history of each owner it touches. The row whose home is its
-- owner is the first; others are copies of it, so that each owner's history stands by itself.
CREATE TABLE IF NOT EXISTS {prefix}transactions (
    owner       VARBINARY(255) NOT NULL,
    seq         BIGINT NOT NULL,
    home        VARBINARY(255) NOT NULL, -- the owner who caused it
    id          VARBINARY(255) NOT NULL, -- its key among the home owner's
    reference   VARBINARY(255) NOT NULL, -- the host's own number; '' for none
    kind        VARCHAR(1000) NOT NULL,
    effective   DATETIME(6), -- when it happened
    recorded    DATETIME(6), -- when it was written
    reason      VARCHAR(1000) NOT NULL,
    actor       VARCHAR(1000) NOT NULL,
    fingerprint VARBINARY(32), -- of the request, to tell a repeat from another
    prev        VARBINARY(32), -- the hash of the transaction before; NULL for the first
    hash        VARBINARY(32),
    erased      VARBINARY(32), -- the digest of reason, actor and details, once these have been erased
    totals      LONGTEXT NOT NULL, -- the owner's total after it, by unit: JSON
    aliases     LONGTEXT NOT NULL, -- further ids it took: JSON; '' for none
    links       LONGTEXT NOT NULL, -- its place in every owner's history, when there are several: JSON; '' for one
    postings    LONGTEXT NOT NULL, -- what it moved: JSON, which the view postings unfolds; '' for nothing
    details     LONGBLOB, -- the host's own, byte for byte
    PRIMARY KEY (owner, seq)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- What an owner has in a unit, beside the lots. TiDB, which has no JSON_TABLE, goes without views.
CREATE OR REPLACE VIEW {prefix}accounts AS
SELECT r.owner, CAST(a.unit AS BINARY) AS unit, a.earned, a.spent, a.debt
FROM {prefix}records r
JOIN JSON_TABLE(r.accounts, '$[*]' COLUMNS (unit VARCHAR(255) PATH '$.unit', earned BIGINT PATH '$.earned' DEFAULT '0' ON EMPTY,
    spent BIGINT PATH '$.spent' DEFAULT '0' ON EMPTY, debt BIGINT PATH '$.debt' DEFAULT '0' ON EMPTY)) a;

-- The open holds. Their points are in {prefix}lots.
CREATE OR REPLACE VIEW {prefix}holds AS
SELECT r.owner, CAST(a.unit AS BINARY) AS unit, CAST(a.hold AS BINARY) AS hold, a.made, a.held_until
FROM {prefix}records r
JOIN JSON_TABLE(r.accounts, '$[*]' COLUMNS (unit VARCHAR(255) PATH '$.unit',
    NESTED PATH '$.holds[*]' COLUMNS (hold VARCHAR(255) PATH '$.hold', made DATETIME(6) PATH '$.made', held_until DATETIME(6) PATH '$.until'))) a
WHERE a.hold IS NOT NULL;

-- The points there are, free or held, by their terms: a hold of '' is none, and a hold without end has no
-- held_until; no activation is at once or at the event awaited, no expiry is never.
CREATE OR REPLACE VIEW {prefix}lots AS
SELECT r.owner, CAST(l.unit AS BINARY) AS unit, CAST('' AS BINARY) AS hold, CAST(NULL AS DATETIME(6)) AS held_until, l.points, l.issued, l.activates, CAST(l.awaits AS BINARY) AS awaits, l.expires
FROM {prefix}records r
JOIN JSON_TABLE(r.accounts, '$[*]' COLUMNS (unit VARCHAR(255) PATH '$.unit',
        NESTED PATH '$.lots[*]' COLUMNS (points BIGINT PATH '$.points', issued DATETIME(6) PATH '$.issued', activates DATETIME(6) PATH '$.activates',
            awaits VARCHAR(255) PATH '$.awaits' DEFAULT '' ON EMPTY, expires DATETIME(6) PATH '$.expires'))) l
WHERE l.points IS NOT NULL
UNION ALL
SELECT r.owner, CAST(l.unit AS BINARY), CAST(l.hold AS BINARY), l.held_until, l.points, l.issued, l.activates, CAST(l.awaits AS BINARY), l.expires
FROM {prefix}records r
JOIN JSON_TABLE(r.accounts, '$[*]' COLUMNS (unit VARCHAR(255) PATH '$.unit',
        NESTED PATH '$.holds[*]' COLUMNS (hold VARCHAR(255) PATH '$.hold', held_until DATETIME(6) PATH '$.until',
        NESTED PATH '$.lots[*]' COLUMNS (points BIGINT PATH '$.points', issued DATETIME(6) PATH '$.issued', activates DATETIME(6) PATH '$.activates',
            awaits VARCHAR(255) PATH '$.awaits' DEFAULT '' ON EMPTY, expires DATETIME(6) PATH '$.expires')))) l
WHERE l.points IS NOT NULL;

-- What transactions moved: points from one place to another. An owner of '' is none: then it is a flow. Copies
-- of a transaction have copies of its postings: count those of home = owner.
CREATE OR REPLACE VIEW {prefix}postings AS
SELECT t.owner, t.seq, t.home, p.nth, CAST(p.unit AS BINARY) AS unit, p.points,
    CAST(p.from_owner AS BINARY) AS from_owner, CAST(p.from_lot AS BINARY) AS from_lot, CAST(p.from_hold AS BINARY) AS from_hold, CAST(p.from_flow AS BINARY) AS from_flow,
    CAST(p.to_owner AS BINARY) AS to_owner, CAST(p.to_lot AS BINARY) AS to_lot, CAST(p.to_hold AS BINARY) AS to_hold, CAST(p.to_flow AS BINARY) AS to_flow,
    COALESCE(p.reason, t.reason) AS reason, t.kind, t.effective
FROM {prefix}transactions t
JOIN JSON_TABLE(NULLIF(t.postings, ''), '$[*]' COLUMNS (nth FOR ORDINALITY, unit VARCHAR(255) PATH '$.unit', points BIGINT PATH '$.points',
    from_owner VARCHAR(255) PATH '$.from.owner' DEFAULT '' ON EMPTY, from_lot VARCHAR(255) PATH '$.from.lot' DEFAULT '' ON EMPTY, from_hold VARCHAR(255) PATH '$.from.hold' DEFAULT '' ON EMPTY, from_flow VARCHAR(255) PATH '$.from.flow' DEFAULT '' ON EMPTY,
    to_owner VARCHAR(255) PATH '$.to.owner' DEFAULT '' ON EMPTY, to_lot VARCHAR(255) PATH '$.to.lot' DEFAULT '' ON EMPTY, to_hold VARCHAR(255) PATH '$.to.hold' DEFAULT '' ON EMPTY, to_flow VARCHAR(255) PATH '$.to.flow' DEFAULT '' ON EMPTY,
    reason VARCHAR(1000) PATH '$.reason')) p;

-- Balances by the database's clock, whether or not the sweep has been there: expired lots do not count, and
-- holds that have timed out hold no more. Free points pay a debt first.
CREATE OR REPLACE VIEW {prefix}balances AS
SELECT CONVERT(owner USING utf8mb4) AS owner, CONVERT(unit USING utf8mb4) AS unit,
    active - LEAST(active, debt) AS available, pending, held, debt - LEAST(active, debt) AS debt,
    active + pending + held - debt AS total, earned, spent
FROM (
    SELECT a.owner, a.unit, a.earned, a.spent, a.debt,
        COALESCE(SUM(CASE WHEN l.held = 0 AND l.pending = 0 THEN l.points END), 0) AS active,
        COALESCE(SUM(CASE WHEN l.held = 0 AND l.pending = 1 THEN l.points END), 0) AS pending,
        COALESCE(SUM(CASE WHEN l.held = 1 THEN l.points END), 0) AS held
    FROM {prefix}accounts a
    LEFT JOIN (
        SELECT owner, unit, points, expires, CASE WHEN hold <> '' AND (held_until IS NULL OR held_until > UTC_TIMESTAMP(6)) THEN 1 ELSE 0 END AS held,
            CASE WHEN activates > UTC_TIMESTAMP(6) OR activates IS NULL AND awaits <> '' THEN 1 ELSE 0 END AS pending
        FROM {prefix}lots
    ) l ON l.owner = a.owner AND l.unit = a.unit AND (l.held = 1 OR l.expires IS NULL OR l.expires > UTC_TIMESTAMP(6))
    GROUP BY a.owner, a.unit, a.earned, a.spent, a.debt
) b;

-- Points outstanding, free or held, by the month (UTC) in which they expire; NULL is never. A month that has
-- passed shows what the sweep has not recorded yet.
CREATE OR REPLACE VIEW {prefix}expiries AS
SELECT DATE_FORMAT(expires, '%Y-%m') AS month, CONVERT(unit USING utf8mb4) AS unit, COUNT(*) AS lots, SUM(points) AS points
FROM {prefix}lots
GROUP BY DATE_FORMAT(expires, '%Y-%m'), unit;

-- Points by reason and month (UTC) of the transaction: where they came from and where they went. A source
-- or target of '' is an owner; every other is a flow, such as issued, redeemed or expired.
CREATE OR REPLACE VIEW {prefix}reasons AS
SELECT DATE_FORMAT(effective, '%Y-%m') AS month, CONVERT(unit USING utf8mb4) AS unit, kind, reason,
    CONVERT(from_flow USING utf8mb4) AS source, CONVERT(to_flow USING utf8mb4) AS target, COUNT(*) AS postings, SUM(points) AS points
FROM {prefix}postings
WHERE home = owner
GROUP BY DATE_FORMAT(effective, '%Y-%m'), unit, kind, reason, from_flow, to_flow;
