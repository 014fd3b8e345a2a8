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
    PRIMARY KEY (owner),
    INDEX {prefix}due (due, owner), -- for the sweep: the one index that does not begin with the owner
    CHECK (version >= 0)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- What an owner has in a unit, beside the lots.
CREATE TABLE IF NOT EXISTS {prefix}accounts (
    owner  VARBINARY(255) NOT NULL,
    unit   VARBINARY(255) NOT NULL,
    earned BIGINT NOT NULL, -- to date, less what was taken back
    spent  BIGINT NOT NULL, -- to date, less what was returned
    debt   BIGINT NOT NULL, -- what a clawback could not find
    PRIMARY KEY (owner, unit),
    CHECK (debt >= 0)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- The points there are, free or held, by their terms.
CREATE TABLE IF NOT EXISTS {prefix}lots (
    owner     VARBINARY(255) NOT NULL,
    unit      VARBINARY(255) NOT NULL,
    hold      VARBINARY(255) NOT NULL, -- the hold that has the points; '' when they are free
    lot       VARBINARY(255) NOT NULL, -- the terms in text: issued:expires@activates
    nth       BIGINT NOT NULL, -- the order of the parts of a hold
    points    BIGINT NOT NULL,
    issued    DATETIME(6), -- start of the cohort
    activates DATETIME(6), -- when the points may first be spent; NULL is at once, or at the event
    awaits    VARBINARY(255) NOT NULL, -- the event that lets them be spent, if it comes before; '' is none
    expires   DATETIME(6), -- first moment they may no longer be spent; NULL is never
    PRIMARY KEY (owner, unit, hold, lot),
    CHECK (points > 0)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- The open holds. Their points are in {prefix}lots.
CREATE TABLE IF NOT EXISTS {prefix}holds (
    owner      VARBINARY(255) NOT NULL,
    unit       VARBINARY(255) NOT NULL,
    hold       VARBINARY(255) NOT NULL, -- the id of the transaction that made it
    since      BIGINT NOT NULL, -- the version of the record with which it came, and
    nth        BIGINT NOT NULL, -- its place among those: the order of holds
    made       DATETIME(6),
    held_until DATETIME(6), -- first moment it no longer holds; NULL is until captured or released
    PRIMARY KEY (owner, unit, hold)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- What else changes in the same commit: tier, counters, challenges. JSON, byte for byte.
CREATE TABLE IF NOT EXISTS {prefix}docs (
    owner VARBINARY(255) NOT NULL,
    name  VARBINARY(255) NOT NULL,
    doc   LONGBLOB,
    PRIMARY KEY (owner, name)
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
    details     LONGBLOB, -- the host's own, byte for byte
    PRIMARY KEY (owner, seq)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- What a transaction moved: points from one place to another. Copies of a transaction have copies of
-- its postings: count those of home = owner.
CREATE TABLE IF NOT EXISTS {prefix}postings (
    owner      VARBINARY(255) NOT NULL,
    seq        BIGINT NOT NULL,
    nth        BIGINT NOT NULL,
    unit       VARBINARY(255) NOT NULL,
    points     BIGINT NOT NULL,
    from_owner VARBINARY(255) NOT NULL, -- '' when from a flow
    from_lot   VARBINARY(255) NOT NULL,
    from_hold  VARBINARY(255) NOT NULL,
    from_flow  VARBINARY(255) NOT NULL,
    to_owner   VARBINARY(255) NOT NULL, -- '' when to a flow
    to_lot     VARBINARY(255) NOT NULL,
    to_hold    VARBINARY(255) NOT NULL,
    to_flow    VARBINARY(255) NOT NULL,
    reason     VARCHAR(1000) NOT NULL, -- '' is the transaction's own
    PRIMARY KEY (owner, seq, nth),
    CHECK (points > 0)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

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
        SELECT p.owner, p.unit, p.points,
            CASE WHEN h.hold IS NULL THEN 0 ELSE 1 END AS held,
            CASE WHEN p.activates > UTC_TIMESTAMP(6) OR p.activates IS NULL AND p.awaits <> '' THEN 1 ELSE 0 END AS pending
        FROM {prefix}lots p
        LEFT JOIN {prefix}holds h ON h.owner = p.owner AND h.unit = p.unit AND h.hold = p.hold
            AND (h.held_until IS NULL OR h.held_until > UTC_TIMESTAMP(6))
        WHERE h.hold IS NOT NULL OR p.expires IS NULL OR p.expires > UTC_TIMESTAMP(6)
    ) l ON l.owner = a.owner AND l.unit = a.unit
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
SELECT DATE_FORMAT(t.effective, '%Y-%m') AS month, CONVERT(p.unit USING utf8mb4) AS unit, t.kind, COALESCE(NULLIF(p.reason, ''), t.reason) AS reason,
    CONVERT(p.from_flow USING utf8mb4) AS source, CONVERT(p.to_flow USING utf8mb4) AS target, COUNT(*) AS postings, SUM(p.points) AS points
FROM {prefix}postings p
JOIN {prefix}transactions t ON t.owner = p.owner AND t.seq = p.seq
WHERE t.home = t.owner
GROUP BY DATE_FORMAT(t.effective, '%Y-%m'), p.unit, t.kind, COALESCE(NULLIF(p.reason, ''), t.reason), p.from_flow, p.to_flow;
