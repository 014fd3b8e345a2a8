package ledger_test

import (
	"math"
	"testing"
	"time"

	"github.com/loyaltykit/loyalty/ledger"
)

// lots are an account's free points by day of expiry; 0 is never.
func (b *books) lots(owner string) map[int]int64 {
	b.Helper()
	out := map[int]int64{}
	for _, l := range lots(b.account(owner)) {
		n := 0
		if !l.Expires.IsZero() {
			n = int(l.Expires.Sub(epoch) / (24 * time.Hour))
		}
		out[n] += l.Points
	}
	return out
}

// Extend only lengthens.
func TestExtend(t *testing.T) {
	ten := func(expires int) ledger.Earn { return ledger.Earn{Unit: points, Points: 10, Expires: day(expires)} }
	id := func(expires int) string { return ledger.Terms{Issued: day(0), Expires: day(expires)}.ID() }
	for _, row := range []struct {
		rule string
		op   ledger.Extend
		want map[int]int64
	}{
		{"all that expire before", ledger.Extend{Expires: day(40)}, map[int]int64{40: 20, 50: 10, 0: 10}},
		{"to the very day changes nothing", ledger.Extend{Expires: day(20)}, map[int]int64{20: 10, 30: 10, 50: 10, 0: 10}},
		{"a microsecond more is more, but no later day", ledger.Extend{Expires: day(30).Add(time.Microsecond)}, map[int]int64{30: 20, 50: 10, 0: 10}},
		{"to never", ledger.Extend{}, map[int]int64{0: 40}},
		{"those named", ledger.Extend{Lots: []string{id(30), id(50), id(99)}, Expires: day(40)}, map[int]int64{20: 10, 40: 10, 50: 10, 0: 10}},
	} {
		t.Run(row.rule, func(t *testing.T) {
			b := open(t)
			b.post(ask("in", day(0)), ten(5), ten(20), ten(30), ten(50), ledger.Earn{Unit: points, Points: 10})
			row.op.Unit = points
			got := b.post(ask("k", day(6)), row.op)
			if row.rule == "to the very day changes nothing" {
				equal(t, "postings but for those of day 20 to itself", 0, len(got.Transaction.Postings))
			}
			equal(t, "lots: what has expired stays so", row.want, b.lots("m"))
			equal(t, "available", 40, b.balance("m", day(6)).Available)
			equal(t, "replayed", true, b.post(ask("k", day(9)), row.op).Replayed)
			b.refuse(ledger.ErrNotReversible, ask("undo", day(9)), ledger.Reverse{Of: "k"})
		})
	}
}

// What comes later joins the lots that were extended, when it is of their terms.
func TestExtend_ThenJoin(t *testing.T) {
	b := open(t)
	b.earn("m", "a", 10, day(0), day(20))
	b.post(ask("extend", day(1)), ledger.Extend{Unit: points, Expires: day(40)})
	b.earn("m", "b", 5, day(2), day(40))
	equal(t, "lots", []ledger.Lot{{ID: "20260101T000000Z:20260210T000000Z", Terms: ledger.Terms{Issued: day(0), Expires: day(40)}, Points: 15}}, lots(b.account("m")))
}

// Pending points stay pending, and points in a hold keep their expiry.
func TestExtend_PendingAndHeld(t *testing.T) {
	b := open(t)
	b.earn("m", "in", 10, day(0), day(20))
	b.post(ask("pending", day(0)), ledger.Earn{Unit: points, Points: 7, Active: day(10), Await: "delivered/1", Expires: day(20)})
	b.post(ask("hold", day(1)), ledger.PlaceHold{Unit: points, Points: 4})
	b.post(ask("extend", day(2)), ledger.Extend{Unit: points, Expires: day(40)})
	equal(t, "balance", of(ledger.Balance{Available: 6, Pending: 7, Held: 4, Earned: 17}, 13, day(40)), b.balance("m", day(2)))
	b.post(ask("event", day(3)), ledger.Activate{Await: "delivered/1"})
	b.post(ask("release", day(4)), ledger.Release{Hold: "hold"})
	equal(t, "lots", map[int]int64{20: 4, 40: 13}, b.lots("m"))
}

// Points that expire after a time of inactivity: every activity extends them all.
func TestExtend_Inactivity(t *testing.T) {
	b := open(t)
	buy := func(id string, on int, n int64) {
		b.post(ask(id, day(on)), ledger.Earn{Unit: points, Points: n, Expires: day(on + 90)}, ledger.Extend{Unit: points, Expires: day(on + 90)})
	}
	buy("a", 0, 10)
	buy("b", 80, 20)
	equal(t, "ninety days after the first", 30, b.balance("m", day(90)).Available)
	buy("c", 169, 5)
	equal(t, "balance", of(ledger.Balance{Available: 35, Earned: 35}, 35, day(259)), b.balance("m", day(258)))
	// An order can still be undone; that it was an activity stays.
	b.post(ask("undo", day(170)), ledger.Reverse{Of: "b", Policy: ledger.Reject})
	equal(t, "balance", of(ledger.Balance{Available: 15, Earned: 15}, 15, day(259)), b.balance("m", day(258)))
	equal(t, "then all are gone", ledger.Balance{Unit: points, Earned: 15}, b.balance("m", day(259)))
	b.tick("m", day(300))
	equal(t, "expired on", day(259), last(b.history("m")).Time)
}

// expired are books in which 10 points expired on day 5, with the id of the expiry.
func expired(t *testing.T) (*books, string) {
	b := open(t)
	b.earn("m", "in", 10, day(0), day(5))
	b.tick("m", day(6))
	return b, last(b.history("m")).Key.ID
}

func TestReinstate(t *testing.T) {
	b, of := expired(t)
	op := ledger.Reinstate{Of: of, Expires: day(30)}
	b.refuse(ledger.ErrAlreadyReversed, ask("both", day(8)), op, op)
	b.post(ask("back", day(8)), op)
	equal(t, "balance", ledger.Balance{Unit: points, Available: 10, Earned: 10, NextExpiry: day(30), NextExpiring: 10}, b.balance("m", day(8)))
	equal(t, "cohort", day(0), b.account("m").Lots.At(0).Issued)
	equal(t, "replayed", true, b.post(ask("back", day(9)), op).Replayed)
	b.refuse(ledger.ErrAlreadyReversed, ask("again", day(9)), op)
	b.refuse(ledger.ErrNotReversible, ask("undo", day(9)), ledger.Reverse{Of: "back"})
	// They expire again, and that is another expiry.
	b.tick("m", day(31))
	b.post(ask("once more", day(32)), ledger.Reinstate{Of: last(b.history("m")).Key.ID})
	equal(t, "balance", ledger.Balance{Unit: points, Available: 10, Earned: 10}, b.balance("m", day(99)))
}

func TestReinstate_Refused(t *testing.T) {
	b, of := expired(t)
	req := ask("called so", day(6))
	req.Kind = ledger.KindExpire
	b.post(req, ledger.Open{Unit: points, Points: 5}, ledger.Redeem{Unit: points, Points: 5})
	req = ask("named so", day(6))
	req.Kind = ledger.KindExpire
	b.post(req)
	for id, want := range map[string]error{
		"in": ledger.ErrNotReversible, "unheard of": ledger.ErrTransactionNotFound,
		"called so": ledger.ErrNotReversible, "named so": ledger.ErrNotReversible,
	} {
		b.refuse(want, ask("k", day(8)), ledger.Reinstate{Of: id, Expires: day(30)})
	}
	b.refuse(ledger.ErrInvalid, ask("k", day(8)), ledger.Reinstate{Of: of, Expires: day(8)})
	b.earn("m", "all there can be", math.MaxInt64-20, day(8), never)
	b.post(ask("full", day(8)), ledger.Earn{Unit: points, Points: 5})
	b.post(ledger.Request{Owner: "rich", ID: "in", At: day(8)}, ledger.Earn{Unit: points, Points: 20})
	b.post(ledger.Request{Owner: "rich", ID: "gift", At: day(8)}, ledger.Gift{To: "m", Unit: points, Points: 15})
	b.refuse(ledger.ErrInvalid, ask("k", day(8)), ledger.Reinstate{Of: of})
}

// What comes back pays what is owed first; the expiry is found though no sweep recorded it
// before this very request.
func TestReinstate_PaysDebt(t *testing.T) {
	b := open(t)
	b.earn("m", "in", 10, day(0), day(5))
	b.post(ask("pending", day(0)), ledger.Earn{Unit: stars, Points: 3, Await: "never came", Expires: day(5)})
	b.post(ask("claw", day(6)), ledger.Clawback{Unit: points, Points: 4})
	var of string
	for _, tx := range b.history("m") {
		if tx.Kind == ledger.KindExpire {
			of = tx.Key.ID
		}
	}
	b.post(ask("back", day(8)), ledger.Reinstate{Of: of, Expires: day(30)})
	equal(t, "balance", ledger.Balance{Unit: points, Available: 6, Earned: 6, NextExpiry: day(30), NextExpiring: 6}, b.balance("m", day(8)))
	rec := b.record("m")
	equal(t, "what awaited an event awaits it still",
		ledger.Balance{Unit: stars, Pending: 3, Earned: 3, NextExpiry: day(30), NextExpiring: 3}, rec.Account(stars).Balance(day(8)))

	b = open(t)
	b.earn("m", "in", 10, day(0), day(5))
	b.post(ask("back", day(8)), ledger.Reinstate{Of: "~tick/2", Expires: day(30)})
	equal(t, "available", 10, b.balance("m", day(8)).Available)
}
