package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync/atomic"
	"testing"

	"github.com/loyaltykit/loyalty/ledger"
)

func owe(b *books, owner string, n int64) {
	b.post(ledger.Request{Owner: owner, ID: "owes", At: day(1)}, ledger.Clawback{Unit: points, Points: n})
}

var giftRows = []struct {
	rule     string
	before   func(b *books) // beside 100 of ann's that expire on day 90
	points   int64
	want     error // none is success
	ann, bob ledger.Balance
}{
	{
		rule: "gives to one never seen", points: 100,
		ann: ledger.Balance{Unit: points, Earned: 100},
		bob: of(ledger.Balance{Available: 100}, 100, day(90)),
	},
	{
		rule:   "gives the soonest-expiring first, and they go on expiring then",
		before: func(b *books) { b.earn("ann", "soon", 10, day(1), day(6)) }, points: 30,
		ann: of(ledger.Balance{Available: 80, Earned: 110}, 80, day(90)),
		bob: of(ledger.Balance{Available: 30}, 10, day(6)),
	},
	{
		rule:   "joins the lot of the same terms",
		before: func(b *books) { b.earn("bob", "in", 5, day(0), day(90)) }, points: 30,
		ann: of(ledger.Balance{Available: 70, Earned: 100}, 70, day(90)),
		bob: of(ledger.Balance{Available: 35, Earned: 5}, 35, day(90)),
	},
	{
		rule:   "pays what the recipient owes",
		before: func(b *books) { owe(b, "bob", 20) }, points: 30,
		ann: of(ledger.Balance{Available: 70, Earned: 100}, 70, day(90)),
		bob: of(ledger.Balance{Available: 10, Earned: -20}, 10, day(90)),
	},
	{
		rule:   "pays a part of it, if that is all",
		before: func(b *books) { owe(b, "bob", 50) }, points: 30,
		ann: of(ledger.Balance{Available: 70, Earned: 100}, 70, day(90)),
		bob: ledger.Balance{Unit: points, Debt: 20, Earned: -50},
	},
	{rule: "gives nothing that is not there", points: 101, want: ledger.ErrInsufficientPoints},
	{
		rule: "gives nothing that is pending", points: 101, want: ledger.ErrInsufficientPoints,
		before: func(b *books) {
			b.post(ledger.Request{Owner: "ann", ID: "pending", At: day(1)},
				ledger.Earn{Unit: points, Points: 10, Active: day(9)}, ledger.Earn{Unit: points, Points: 10, Await: "delivered/1"})
		},
	},
	{
		rule: "gives nothing that is held", points: 91, want: ledger.ErrInsufficientPoints,
		before: func(b *books) {
			b.post(ledger.Request{Owner: "ann", ID: "h", At: day(1)}, ledger.PlaceHold{Unit: points, Points: 10})
		},
	},
	{
		rule: "gives nothing that has expired, though no one has written it down", points: 101, want: ledger.ErrInsufficientPoints,
		before: func(b *books) { b.earn("ann", "soon", 10, day(1), day(5)) },
	},
	{rule: "gives nothing that is owed", points: 1, want: ledger.ErrInsufficientPoints, before: func(b *books) { owe(b, "ann", 110) }},
	{
		rule: "gives nothing to one who has closed", points: 1, want: ledger.ErrClosed,
		before: func(b *books) { b.post(by("bob", "end", day(1)), ledger.Close{}) },
	},
	{
		rule: "gives nothing to one merged away", points: 1, want: ledger.ErrClosed,
		before: func(b *books) { b.post(by("cai", "merge", day(1)), ledger.Merge{From: "bob"}) },
	},
	{
		rule: "gives no more than an account can hold", points: 1, want: ledger.ErrInvalid,
		before: func(b *books) { b.earn("bob", "in", math.MaxInt64, day(1), never) },
	},
	{rule: "gives something", points: 0, want: ledger.ErrInvalid},
}

func TestGift(t *testing.T) {
	for _, row := range giftRows {
		t.Run(row.rule, func(t *testing.T) {
			b := open(t)
			b.earn("ann", "in", 100, day(0), day(90))
			if row.before != nil {
				row.before(b)
			}
			req, op := by("ann", "gift", day(5)), ledger.Gift{To: "bob", Unit: points, Points: row.points}
			if row.want != nil {
				b.refuse(row.want, req, op)
				return
			}
			b.post(req, op)
			equal(t, "ann", row.ann, b.balance("ann", day(5)))
			equal(t, "bob", row.bob, b.balance("bob", day(5)))
		})
	}
}

func TestGift_ToOneself(t *testing.T) {
	b := open(t)
	b.earn("m", "in", 10, day(0), never)
	b.refuse(ledger.ErrInvalid, ask("k", day(1)), ledger.Gift{To: "m", Unit: points, Points: 1})
}

// Both statements show a gift, and name the other side.
func TestGift_Statements(t *testing.T) {
	b := open(t)
	b.earn("ann", "in", 100, day(0), never)
	req := by("ann", "gift", day(1))
	req.Reference = "card 5"
	b.post(req, ledger.Gift{To: "bob", Unit: points, Points: 30, Reason: "birthday"})
	for owner, want := range map[string][2]int64{"ann": {-30, 70}, "bob": {30, 30}} {
		s, err := b.Statement(t.Context(), ledger.StatementQuery{Owner: owner, Limit: 1})
		if err != nil {
			t.Fatal(err)
		}
		e := s.Entries[0]
		equal(t, "points and balance of "+owner, want, [2]int64{e.Points, e.Balance})
		equal(t, "from and to", [2]string{"ann", "bob"}, [2]string{e.Transaction.Postings[0].From.Owner, e.Transaction.Postings[0].To.Owner})
		equal(t, "key", ledger.Key{Owner: "ann", ID: "gift"}, e.Transaction.Key)
	}
	// The key and the reference are the giver's: the recipient's own of that name are free.
	equal(t, "replayed", false, b.post(ledger.Request{Owner: "bob", ID: "gift", Reference: "card 5", At: day(1)}, ledger.Redeem{Unit: points, Points: 30}).Replayed)
}

// Members come and go; a webhook that is delivered again is still the same gift.
func TestGift_RepeatedAfterTheEnd(t *testing.T) {
	b := open(t)
	b.earn("ann", "in", 100, day(0), never)
	op := ledger.Gift{To: "bob", Unit: points, Points: 30}
	first := b.post(by("ann", "gift", day(1)), op)
	b.post(by("bob", "end", day(2)), ledger.Close{})
	b.post(by("cai", "merge", day(2)), ledger.Merge{From: "ann"})
	again := b.post(by("ann", "gift", day(3)), op)
	equal(t, "replayed", true, again.Replayed)
	equal(t, "transaction", first.Transaction, again.Transaction)

	err := b.refuse(ledger.ErrClosed, by("ann", "new", day(3)), op)
	closed, _ := errors.AsType[*ledger.ClosedError](err)
	equal(t, "error", &ledger.ClosedError{Owner: "ann", Into: "cai"}, closed)
	equal(t, "text", "ledger: closed: ann was merged into cai", err.Error())
	err = b.refuse(ledger.ErrClosed, by("cai", "new", day(3)), op)
	equal(t, "text", "ledger: closed: bob", err.Error())
	b.refuse(ledger.ErrKeyReused, by("ann", "gift", day(3)), ledger.Gift{To: "bob", Unit: points, Points: 31})
}

// What one party of a transaction earned and spent is not the other's.
func TestGift_AmongOtherOperations(t *testing.T) {
	b := open(t)
	b.post(by("ann", "order", day(0)),
		ledger.Earn{Unit: points, Points: 100},
		ledger.Gift{To: "bob", Unit: points, Points: 30},
		ledger.Redeem{Unit: points, Points: 20},
		ledger.Gift{To: "cai", Unit: points, Points: 10},
		ledger.Gift{To: "bob", Unit: points, Points: 1})
	for owner, want := range map[string]ledger.Balance{
		"ann": {Unit: points, Available: 39, Earned: 100, Spent: 20},
		"bob": {Unit: points, Available: 31},
		"cai": {Unit: points, Available: 10},
	} {
		equal(t, owner, want, b.balance(owner, day(0)))
		past, err := b.BalanceAt(t.Context(), owner, points, day(0), ledger.Effective)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, owner+", from the history", want, past)
	}
	b.refuse(ledger.ErrNotReversible, by("ann", "undo", day(1)), ledger.Reverse{Of: "order"})
}

// All operations of a request take effect, or none: on either side.
func TestGift_AllOrNothing(t *testing.T) {
	b := open(t)
	b.earn("ann", "in", 100, day(0), day(90))
	b.earn("bob", "in", 10, day(0), day(3))
	b.refuse(ledger.ErrInsufficientPoints, by("ann", "both", day(5)), // bob's 10 have expired, and stay unwritten
		ledger.Gift{To: "bob", Unit: points, Points: 60}, ledger.Gift{To: "cai", Unit: points, Points: 60})
}

// Fact L41 (pgr0ss/pgledger@c18c7d2 go/test/db_test.go TestConcurrency): opposite gifts
// at once neither deadlock nor drift. There accounts may be overdrawn; here each begins with
// enough for all its gifts.
func TestConcurrent_OppositeGifts(t *testing.T) {
	const gifts, each = 500, 100
	b := open(t)
	pair := [2]string{"ann", "bob"}
	for _, owner := range pair {
		b.earn(owner, "in", gifts*each, day(0), never)
	}
	ledgers := processes(t, b, 2)
	atOnce(2, func(i int) {
		for n := range gifts {
			req := ledger.Request{Owner: pair[i], ID: fmt.Sprint("gift", n), At: day(1)}
			if _, err := ledgers[i].Post(context.Background(), req, ledger.Gift{To: pair[1-i], Unit: points, Points: each}); err != nil {
				t.Error(err)
			}
		}
	})
	for _, owner := range pair {
		equal(t, owner, ledger.Balance{Unit: points, Available: gifts * each, Earned: gifts * each}, b.balance(owner, day(1)))
		equal(t, "transactions of "+owner, 1+2*gifts, len(b.history(owner)))
	}
}

// Case gift-concurrent-same-balance (fushengqian/fuint#71): twenty gifts of all there is at
// the same moment, to as many members: one is granted.
func TestConcurrent_GiftsOfOneBalance(t *testing.T) {
	b := open(t)
	b.earn("ann", "in", 100, day(0), never)
	ledgers := processes(t, b, 4)
	var granted, refused atomic.Int64
	atOnce(20, func(i int) {
		req := ledger.Request{Owner: "ann", ID: fmt.Sprint("gift", i), At: day(1)}
		_, err := ledgers[i%4].Post(context.Background(), req, ledger.Gift{To: fmt.Sprint("friend", i), Unit: points, Points: 100})
		switch {
		case err == nil:
			granted.Add(1)
		case errors.Is(err, ledger.ErrInsufficientPoints):
			refused.Add(1)
		default:
			t.Error(err)
		}
	})
	equal(t, "granted and refused", [2]int64{1, 19}, [2]int64{granted.Load(), refused.Load()})
	var sum int64
	for i := range 20 {
		sum += b.balance(fmt.Sprint("friend", i), day(1)).Available
	}
	equal(t, "received", 100, sum)
	equal(t, "left", 0, b.balance("ann", day(1)).Available)
}

// By way of gifts one owner's totals can come to more than one owner can earn.
func TestGift_Overflow(t *testing.T) {
	const most = math.MaxInt64
	b := open(t)
	for i := range 3 {
		rich := fmt.Sprint("rich", i)
		b.earn(rich, "in", most, day(0), never)
		if i < 2 {
			b.post(by(rich, "to the spender", day(0)), ledger.Gift{To: "spender", Unit: points, Points: most})
		}
		if i == 0 {
			b.post(by("spender", "spend", day(0)), ledger.Redeem{Unit: points, Points: most})
		}
	}
	b.refuse(ledger.ErrInvalid, by("spender", "more", day(0)), ledger.Redeem{Unit: points, Points: 1})
	b.post(by("spender", "hold", day(0)), ledger.PlaceHold{Unit: points, Points: 1})
	b.refuse(ledger.ErrInvalid, by("spender", "capture", day(0)), ledger.Capture{Hold: "hold"})

	b.post(by("spender", "claw", day(0)), ledger.Clawback{Unit: points, Points: most})
	b.post(by("rich2", "to the spender", day(0)), ledger.Gift{To: "spender", Unit: points, Points: most - 1})
	b.refuse(ledger.ErrInvalid, by("spender", "claw more", day(0)), ledger.Clawback{Unit: points, Points: most})
}
