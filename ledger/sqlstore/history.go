package sqlstore

import (
	"cmp"
	"context"
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"
	"time"

	"github.com/loyaltykit/loyalty/ledger"
)

// DefaultLimit is how many transactions a page of History has when the query does not say.
const DefaultLimit = 100

// maxLimit is how many it has at most.
const maxLimit = 10_000

// history reads a page: the transactions after the cursor.
func (s *Store) history(ctx context.Context, db querier, h ledger.Query) (ledger.Page, error) {
	if err := ctx.Err(); err != nil {
		return ledger.Page{}, err
	}
	limit := min(cmp.Or(max(h.Limit, 0), DefaultLimit), maxLimit)
	q := s.statement()
	q.width = widthOf([]*table{transactions})
	q.branch(transactions, true)
	q.sql(" FROM ", transactions, " x WHERE owner = ", &param{value: h.Owner})
	if h.Cursor != "" {
		seq, ok := parseCursor(h)
		if !ok {
			return ledger.Page{}, fmt.Errorf("%w: %.40q", ledger.ErrCursor, h.Cursor)
		}
		q.sql(" AND seq ", map[bool]string{true: ">", false: "<"}[h.Oldest], &param{value: seq, cast: "bigint"})
	}
	if !h.From.IsZero() {
		q.sql(" AND effective >= ", &param{value: s.dialect.at(h.From).arg(), cast: "timestamptz"})
	}
	if !h.Until.IsZero() {
		q.sql(" AND effective < ", &param{value: s.dialect.at(h.Until).arg(), cast: "timestamptz"})
	}
	q.write(" ORDER BY seq")
	if !h.Oldest {
		q.write(" DESC")
	}
	q.sql(" LIMIT ", strconv.Itoa(limit+1)) // one more tells whether there is another page
	g := newGathering()
	if err := g.read(ctx, db, q); err != nil {
		return ledger.Page{}, s.classify(ctx, err)
	}
	var page ledger.Page
	for i, at := range g.order {
		if i == limit {
			page.Next = cursor(h, g.order[i-1].seq)
			break
		}
		page.Transactions = append(page.Transactions, *g.txs[at])
	}
	return page, nil
}

// cursor names the last transaction of a page. The sum after the dot tells cursors
// of another owner, of the other direction, or of no store at all.
func cursor(q ledger.Query, seq int64) string {
	h := fnv.New32a()
	fmt.Fprintf(h, "%s\x00%t\x00%d", q.Owner, q.Oldest, seq)
	return fmt.Sprintf("%d.%08x", seq, h.Sum32())
}

func parseCursor(q ledger.Query) (int64, bool) {
	n, _, _ := strings.Cut(q.Cursor, ".")
	seq, err := strconv.ParseInt(n, 10, 64)
	return seq, err == nil && cursor(q, seq) == q.Cursor
}

// due reads who is due, from the index that has them in this order.
func (s *Store) due(ctx context.Context, db querier, t time.Time, limit int) ([]string, error) {
	if err := ctx.Err(); err != nil || limit <= 0 || t.IsZero() {
		return nil, err
	}
	q := s.statement()
	q.sql("SELECT owner FROM ", records, " WHERE due <= ", &param{value: s.dialect.at(t).arg(), cast: "timestamptz"},
		" ORDER BY due, owner LIMIT ", &param{value: int64(limit), cast: "bigint"})
	rows, err := db.QueryContext(ctx, q.String(), q.args...)
	if err != nil {
		return nil, s.classify(ctx, err)
	}
	defer rows.Close()
	var owners []string
	for rows.Next() {
		var o readText
		if err := rows.Scan(&o); err != nil {
			return nil, s.classify(ctx, err)
		}
		owners = append(owners, string(o))
	}
	return owners, s.classify(ctx, rows.Err())
}
