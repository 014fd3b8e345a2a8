package ledger_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/ledger"
)

// Every field of an operation tells it from another under the same key, but for the
// terms of the day: a retry later, with that hour's limits, grace and time-out, is the same request.
func TestFingerprint(t *testing.T) {
	lot := ledger.Terms{Issued: day(0)}.ID()
	limits := func() []ledger.Limit {
		return []ledger.Limit{{Name: "l", Each: 10, Points: 10, Uses: 10, Window: calendar.Window{From: day(0), Until: day(9)}}}
	}
	for _, filled := range []func() ledger.Op{
		func() ledger.Op {
			return &ledger.Earn{Unit: points, Points: 1, Issued: day(1), Active: day(2), Expires: day(3), Await: "a", Reason: "r"}
		},
		func() ledger.Op { return &ledger.Redeem{Unit: points, Points: 1, UpTo: true, Flow: "f", Reason: "r"} },
		func() ledger.Op { return &ledger.PlaceHold{Unit: points, Points: 1, Until: day(3), Reason: "r"} },
		func() ledger.Op { return &ledger.Capture{Hold: "h", Points: 1, Flow: "f", Reason: "r"} },
		func() ledger.Op { return &ledger.Release{Hold: "h", Reason: "r"} },
		func() ledger.Op {
			return &ledger.Clawback{Unit: points, Points: 1, Lots: []string{lot, lot}, Policy: ledger.Clamp, Reason: "r"}
		},
		func() ledger.Op {
			return &ledger.Return{Unit: points, Parts: []ledger.Part{{Lot: lot, Points: 1}, {Lot: lot, Points: 2}}, Flow: "f", Grace: day(3), Reason: "r"}
		},
		func() ledger.Op { return &ledger.Reverse{Of: "out", Policy: ledger.Reject, Grace: day(3), Reason: "r"} },
		func() ledger.Op { return &ledger.Activate{Await: "a", Reason: "r"} },
		func() ledger.Op {
			return &ledger.Gift{To: "bob", Unit: points, Points: 1, Limits: limits(), Reason: "r"}
		},
		func() ledger.Op {
			return &ledger.Adjust{
				Unit: points, Points: 1, Issued: day(1), Active: day(2), Expires: day(3),
				Policy: ledger.Clamp, Kit: "agent", Limits: limits(), Reason: "r",
			}
		},
		func() ledger.Op {
			return &ledger.Open{Unit: points, Points: 1, Issued: day(1), Active: day(2), Expires: day(3), Reason: "r"}
		},
		func() ledger.Op {
			return &ledger.Extend{Unit: points, Lots: []string{lot, lot}, Expires: day(3), Reason: "r"}
		},
		func() ledger.Op { return &ledger.Reinstate{Of: "~tick/2", Expires: day(30), Reason: "r"} },
		func() ledger.Op { return &ledger.Merge{From: "bob", Reason: "r"} },
		func() ledger.Op { return &ledger.Close{Reason: "r"} },
	} {
		b := open(t)
		b.earn("m", "soon", 5, day(-2), day(-1))
		b.tick("m", day(-1))
		b.earn("m", "in", 20, day(0), never)
		b.post(ask("out", day(0)), ledger.Redeem{Unit: points, Points: 5})
		b.post(ask("h", day(0)), ledger.PlaceHold{Unit: points, Points: 5})
		req := ask("k", day(0))
		req.Reason, req.Actor = "why", "who"
		b.post(req, filled())
		op := filled()
		for k, f := range alterations(reflect.ValueOf(op).Elem(), fmt.Sprintf("%T", op)) {
			other := filled()
			alterations(reflect.ValueOf(other).Elem(), "")[k].alter()
			got, err := b.Post(t.Context(), req, other)
			switch {
			case strings.Contains(f.path, ".Limits") || strings.HasSuffix(f.path, ".Grace") || strings.HasSuffix(f.path, "PlaceHold.Until"):
				if err != nil && !errors.Is(err, ledger.ErrInvalid) || err == nil && !got.Replayed {
					t.Errorf("%s changed: replayed %v, error %v", f.path, got.Replayed, err)
				}
			case !errors.Is(err, ledger.ErrKeyReused) && !errors.Is(err, ledger.ErrInvalid):
				t.Errorf("%s changed: got error %v", f.path, err)
			}
		}
	}
}

func TestFingerprint_Request(t *testing.T) {
	b := open(t)
	in := ledger.Earn{Unit: points, Points: 1}
	b.post(ask("k", day(0)), in)
	for _, change := range []func(*ledger.Request){
		func(r *ledger.Request) { r.Reference = "r" },
		func(r *ledger.Request) { r.Time = day(1) },
		func(r *ledger.Request) { r.Kind = "order" },
		func(r *ledger.Request) { r.Reason = "r" },
		func(r *ledger.Request) { r.Actor = "a" },
		func(r *ledger.Request) { r.Details = []byte(`1`) },
		func(r *ledger.Request) { r.Fingerprint = ledger.Hash{1} },
	} {
		req := ask("k", day(0))
		change(&req)
		b.refuse(ledger.ErrKeyReused, req, in)
	}
	b.refuse(ledger.ErrKeyReused, ask("k", day(0)), in, in)
	equal(t, "replayed at another hour", true, b.post(ask("k", day(9)), in).Replayed)
}
