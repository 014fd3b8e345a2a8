package ledger_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/loyaltykit/loyalty/ledger"
)

// fact is a case of testdata/facts.json.
type fact struct {
	ID, Title, Source, Note string
	Steps                   []step
}

// step is one request or look, and what must be seen after it.
type step struct {
	Do, Owner, ID, Reference string
	At                       string // a date, or a duration after the epoch; the clock stays there
	Time                     string // when it happened, if not now
	To                       string
	AsOf                     string `json:"as_of"` // balance is that of this moment, by
	By                       ledger.AsOf
	ByDate                   string `json:"by_date"` // expiring is before it
	Unit                     string
	Points                   int64
	UpTo                     bool
	Expires, Until           string
	Hold, Of                 string
	Policy                   ledger.Policy
	Ops                      []step // of "post"

	Error        string
	Replayed     bool
	Balance      map[string]int64
	Lots         map[string]int64 // free points by date of expiry, or "never"
	Expiring     map[string]int64
	Transactions *int
}

var factErrors = map[string]error{
	"invalid":          ledger.ErrInvalid,
	"insufficient":     ledger.ErrInsufficientPoints,
	"key reused":       ledger.ErrKeyReused,
	"reference used":   ledger.ErrReferenceUsed,
	"hold not found":   ledger.ErrHoldNotFound,
	"not a hold":       ledger.ErrNotAHold,
	"hold captured":    ledger.ErrHoldCaptured,
	"hold released":    ledger.ErrHoldReleased,
	"hold expired":     ledger.ErrHoldExpired,
	"already reversed": ledger.ErrAlreadyReversed,
}

func TestFacts(t *testing.T) {
	var file struct {
		About string
		Cases []fact
	}
	decode(t, "testdata/facts.json", &file)
	for _, f := range file.Cases {
		t.Run(f.ID, func(t *testing.T) {
			r := factRun{books: open(t), now: epoch, granted: map[string]ledger.Transaction{}}
			for i, s := range f.Steps {
				t.Logf("%s, step %d (%s)", f.Title, i+1, f.Source)
				r.take(s)
			}
		})
	}
}

func decode(t *testing.T, file string, into any) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	d := json.NewDecoder(f)
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

// factRun is one case under way.
type factRun struct {
	*books
	now     time.Time
	granted map[string]ledger.Transaction
}

func (r *factRun) take(s step) {
	r.Helper()
	if s.At != "" {
		r.now = r.when(s.At)
	}
	owner := cmp.Or(s.Owner, "m")
	switch s.Do {
	case "look":
	case "tick":
		r.tick(owner, r.now)
	case "post":
		var ops []ledger.Op
		for _, o := range s.Ops {
			ops = append(ops, r.op(o))
		}
		r.request(owner, s, ops...)
	default:
		r.request(owner, s, r.op(s))
	}
	r.see(owner, s)
}

func (r *factRun) request(owner string, s step, ops ...ledger.Op) {
	r.Helper()
	req := ledger.Request{Owner: owner, ID: s.ID, Reference: s.Reference, At: r.now, Time: r.when(s.Time)}
	if s.Error != "" {
		r.refuse(factErrors[s.Error], req, ops...)
		return
	}
	got := r.post(req, ops...)
	equal(r, "replayed", s.Replayed, got.Replayed)
	if s.Replayed {
		equal(r, "transaction", r.granted[owner+s.ID], got.Transaction)
	}
	r.granted[owner+s.ID] = got.Transaction
}

func (r *factRun) op(s step) ledger.Op {
	r.Helper()
	unit := cmp.Or(s.Unit, points)
	switch s.Do {
	case "earn":
		return ledger.Earn{Unit: unit, Points: s.Points, Expires: r.when(s.Expires)}
	case "redeem":
		return ledger.Redeem{Unit: unit, Points: s.Points, UpTo: s.UpTo}
	case "gift":
		return ledger.Gift{To: s.To, Unit: unit, Points: s.Points}
	case "hold":
		return ledger.PlaceHold{Unit: unit, Points: s.Points, Until: r.when(s.Until)}
	case "capture":
		return ledger.Capture{Hold: s.Hold, Points: s.Points}
	case "release":
		return ledger.Release{Hold: s.Hold}
	case "clawback":
		return ledger.Clawback{Unit: unit, Points: s.Points, Policy: s.Policy}
	case "reverse":
		return ledger.Reverse{Of: s.Of, Policy: s.Policy}
	}
	r.Fatalf("unknown operation %q", s.Do)
	return nil
}

func (r *factRun) when(s string) time.Time {
	r.Helper()
	if s == "" {
		return time.Time{}
	}
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return t
	}
	d, err := time.ParseDuration(s)
	if err != nil {
		r.Fatalf("%q is neither date nor duration", s)
	}
	return epoch.Add(d)
}

func (r *factRun) see(owner string, s step) {
	r.Helper()
	b := r.balance(owner, r.now)
	if s.AsOf != "" {
		var err error
		if b, err = r.BalanceAt(context.Background(), owner, points, r.when(s.AsOf), s.By); err != nil {
			r.Fatalf("BalanceAt: %v", err)
		}
	}
	have := map[string]int64{
		"available": b.Available, "pending": b.Pending, "held": b.Held, "debt": b.Debt, "earned": b.Earned,
		"spent": b.Spent, "total": b.Total(), "next_expiring": b.NextExpiring,
	}
	for name, want := range s.Balance {
		equal(r, name, want, have[name])
	}
	if s.Lots != nil {
		equal(r, "lots", s.Lots, byDate(lots(r.account(owner))))
	}
	if s.Expiring != nil {
		lots, err := r.Expiring(context.Background(), owner, points, r.now, r.when(s.ByDate))
		if err != nil {
			r.Fatalf("Expiring: %v", err)
		}
		equal(r, "expiring", s.Expiring, byDate(lots))
	}
	if s.Transactions != nil {
		equal(r, "transactions", *s.Transactions, len(r.history(owner)))
	}
}

func byDate(lots []ledger.Lot) map[string]int64 {
	sums := map[string]int64{}
	for _, l := range lots {
		name := "never"
		if !l.Expires.IsZero() {
			name = l.Expires.Format(time.DateOnly)
		}
		sums[name] += l.Points
	}
	return sums
}

// TestStatement_Filters is fact L39 of testdata/statement.json: entries are a minute apart.
func TestStatement_Filters(t *testing.T) {
	var file struct {
		ID, Title, Source, Note string
		Entries                 []struct {
			ID     string
			Points int64
		}
		Rows []struct {
			Rule, From, Until string
			Direction         ledger.Direction
			Oldest, More      bool
			Limit             int
			Want              []string
		}
	}
	decode(t, "testdata/statement.json", &file)
	b := open(t)
	times := map[string]time.Time{}
	for i, e := range file.Entries {
		times[e.ID] = at(i + 1)
		req := ask(e.ID, at(i+1))
		if e.Points > 0 {
			b.post(req, ledger.Earn{Unit: points, Points: e.Points})
		} else {
			b.post(req, ledger.Redeem{Unit: points, Points: -e.Points})
		}
	}
	for _, row := range file.Rows {
		t.Run(row.Rule, func(t *testing.T) {
			q := ledger.StatementQuery{
				Owner: "m", From: times[row.From], Until: times[row.Until],
				Direction: row.Direction, Oldest: row.Oldest, Limit: row.Limit,
			}
			s, err := b.Statement(context.Background(), q)
			if err != nil {
				t.Fatal(err)
			}
			equal(t, "entries", row.Want, entryIDs(s))
			equal(t, "more to come", row.More, s.Next != "")
			// The same entries come in pages of one.
			q.Limit = 1
			var paged []string
			for len(paged) < len(row.Want) {
				s, err := b.Statement(context.Background(), q)
				if err != nil {
					t.Fatal(err)
				}
				paged, q.Cursor = append(paged, entryIDs(s)...), s.Next
			}
			equal(t, "pages of one", row.Want, paged)
		})
	}
}

func entryIDs(s ledger.Statement) []string {
	var ids []string
	for _, e := range s.Entries {
		ids = append(ids, e.Transaction.Key.ID)
	}
	return ids
}

// Only what moves the owner's total is an entry of a direction; a hold is one of neither.
func TestStatement_Holds(t *testing.T) {
	b := open(t)
	b.earn("m", "in", 10, day(0), never)
	b.post(ask("hold", day(1)), ledger.PlaceHold{Unit: points, Points: 4})
	b.post(ask("nothing", day(1)), ledger.Redeem{Unit: stars, Points: 4, UpTo: true})
	b.post(ask("capture", day(2)), ledger.Capture{Hold: "hold", Points: 3})
	for direction, want := range map[ledger.Direction][]string{
		"":         {"in", "hold", "capture"},
		ledger.In:  {"in"},
		ledger.Out: {"capture"},
	} {
		s, err := b.Statement(context.Background(), ledger.StatementQuery{Owner: "m", Direction: direction, Oldest: true})
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "entries", want, entryIDs(s))
	}
	if _, err := b.Statement(context.Background(), ledger.StatementQuery{Owner: "m", Cursor: "page two"}); !errors.Is(err, ledger.ErrCursor) {
		t.Errorf("foreign cursor: %v", err)
	}
}
