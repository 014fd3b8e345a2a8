package ledger_test

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/ledger"
)

func FuzzParseLotID(f *testing.F) {
	for _, id := range []string{
		"20260101T000000Z:20270201T000000Z", "20260101T000000Z:never@20260115T000000Z", "20260101T000000.5Z:never",
		"debt", "", ":", "@", "20260101T000000Z:", "20260101T000000Z:never@", "99990101T000000Z:never", "20260101T000000.000000Z:never",
		"20260101T000000,5Z:never", "00000101T000000Z:never", "00010101T000000Z:00010101T000000Z",
	} {
		f.Add(id)
	}
	f.Fuzz(func(t *testing.T, id string) {
		terms, err := ledger.ParseLotID(id)
		if err != nil {
			if !errors.Is(err, ledger.ErrInvalid) {
				t.Errorf("%q: %v", id, err)
			}
			return
		}
		if got := terms.ID(); got != id {
			t.Errorf("%q comes back as %q", id, got)
		}
	})
}

func FuzzHashText(f *testing.F) {
	for _, s := range []string{"", "00", strings.Repeat("0f", 32), strings.Repeat("FF", 32), strings.Repeat("0g", 32)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var h ledger.Hash
		if err := h.UnmarshalText([]byte(s)); err != nil {
			if !errors.Is(err, ledger.ErrInvalid) {
				t.Errorf("%q: %v", s, err)
			}
			return
		}
		if b, err := h.MarshalText(); err != nil || string(b) != strings.ToLower(s) || h.String() != string(b) {
			t.Errorf("%q comes back as %q, %v", s, b, err)
		}
	})
}

// FuzzRequest reads operations from raw bytes, with all their extremes, and posts
// them one after another: whatever they are, the books stay sound.
func FuzzRequest(f *testing.F) {
	f.Add([]byte("a request of some length, so that several operations come of it"), "order", `{"a":1}`)
	f.Add([]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32}, "~", "")
	f.Add([]byte(strings.Repeat("\xff\x00\x07", 40)), "", "null")
	f.Add([]byte("once more, of some length, so that gifts, merges and adjustments come of it, and what they lead to, for whoever"), "ma", "")
	f.Fuzz(func(t *testing.T, data []byte, text, details string) {
		if len(data) > 2000 {
			return
		}
		b := newBooks(t)
		src := source{data}
		for n := 0; len(src.b) > 0; n++ {
			owner := []string{"m", "m", "m", "ma", "mb"}[src.next()%5]
			req := ledger.Request{
				Owner: owner, Actor: src.text("", text), ID: src.text("k", text), Reference: src.text("", text), At: src.time(), Time: src.time(),
				Kind: ledger.Kind(src.text("", text)), Reason: text, Details: json.RawMessage(details),
			}
			var ops []ledger.Op
			for range src.next() % 4 {
				ops = append(ops, src.op(text))
			}
			before := b.records()
			if _, err := b.Post(t.Context(), req, ops...); err != nil {
				equal(t, "records after "+err.Error(), before, b.records())
			}
			if at := src.time(); at.UTC().Year() > 1 && at.UTC().Year() < 9999 {
				b.balance(owner, at)
				b.tick(owner, at)
				for _, by := range []ledger.AsOf{ledger.Effective, ledger.Recorded} {
					if _, err := b.BalanceAt(t.Context(), owner, points, at, by); err != nil {
						t.Errorf("BalanceAt %v: %v", at, err)
					}
				}
			}
			if src.next()%32 == 0 {
				if err := b.Erase(t.Context(), owner); err != nil {
					t.Errorf("Erase: %v", err)
				}
			}
		}
		b.audit()
	})
}

// source makes values of bytes, extremes more often than not.
type source struct{ b []byte }

func (s *source) next() int {
	if len(s.b) == 0 {
		return 0
	}
	n := s.b[0]
	s.b = s.b[1:]
	return int(n)
}

func (s *source) text(usual, other string) string {
	switch n := s.next(); n % 4 {
	case 0:
		return other
	case 1:
		return ""
	default:
		return usual + string(rune('a'+n%16))
	}
}

func (s *source) points() int64 {
	n := s.next()
	return []int64{int64(n), int64(n), int64(n) << 20, math.MaxInt64, math.MaxInt64 - int64(n), math.MaxInt64 / 2, -int64(n), math.MinInt64}[n%8]
}

func (s *source) time() time.Time {
	n := s.next()
	switch n % 8 {
	case 0:
		return time.Time{}
	case 1:
		return time.Time{}.Add(time.Duration(n))
	case 2:
		return time.Unix(math.MaxInt64>>n%32, int64(n))
	case 3:
		return time.Unix(math.MinInt64>>n%32, int64(n))
	}
	return day(n / 8).In(time.FixedZone("", n*100)).Add(time.Duration(n))
}

func (s *source) lot() string {
	if s.next()%8 == 0 {
		return s.text("lot", "20260101T000000Z:20250101T000000Z@20270101T000000Z")
	}
	return ledger.Terms{Issued: day(0), Expires: day(s.next())}.ID()
}

func (s *source) op(text string) ledger.Op {
	unit := points
	if s.next()%8 == 0 {
		unit = s.text(stars, text)
	}
	policy := []ledger.Policy{"", ledger.Debt, ledger.Clamp, ledger.Reject, ledger.Policy(text)}[s.next()%5]
	switch s.next() % 18 {
	case 0:
		return ledger.Redeem{Unit: unit, Points: s.points(), UpTo: s.next()%2 == 0, Flow: s.text("", text), Reason: text}
	case 1:
		return ledger.PlaceHold{Unit: unit, Points: s.points(), Until: s.time()}
	case 2:
		return ledger.Capture{Hold: s.text("k", text), Points: s.points(), Flow: s.text("", text)}
	case 3:
		return ledger.Release{Hold: s.text("k", text)}
	case 4:
		return ledger.Clawback{Unit: unit, Points: s.points(), Lots: []string{s.lot(), s.lot()}, Policy: policy}
	case 5:
		return ledger.Return{Unit: unit, Parts: []ledger.Part{{Lot: s.lot(), Points: s.points()}, {Lot: s.lot(), Points: s.points()}}, Grace: s.time()}
	case 6:
		return ledger.Reverse{Of: s.text("k", text), Policy: policy, Grace: s.time()}
	case 7:
		limits := []ledger.Limit{{Name: "l" + text, Each: s.points(), Points: s.points(), Uses: s.points(), Window: calendar.Window{From: s.time()}}}
		return ledger.Gift{To: s.text("m", text), Unit: unit, Points: s.points(), Limits: limits[:s.next()%2]}
	case 8:
		return ledger.Adjust{
			Unit: unit, Points: s.points(), Issued: s.time(), Expires: s.time(), Policy: policy,
			Kit: s.text("m", text), Limits: []ledger.Limit{{Name: "kit", Points: s.points()}},
		}
	case 9:
		return ledger.Adjust{Unit: unit, Points: -s.points(), Policy: policy}
	case 10:
		return ledger.Open{Unit: unit, Points: s.points(), Active: s.time(), Expires: s.time()}
	case 11:
		return ledger.Activate{Await: s.text("a", text)}
	case 12:
		return ledger.Extend{Unit: unit, Lots: []string{s.lot(), s.lot()}[:s.next()%3], Expires: s.time()}
	case 13:
		return ledger.Reinstate{Of: []string{"~tick/2", "~tick/3", "~tick/4", s.text("k", text)}[s.next()%4], Expires: s.time()}
	case 14:
		return ledger.Merge{From: s.text("m", text)}
	case 15:
		if s.next()%4 == 0 {
			return ledger.Close{Reason: text}
		}
		return ledger.Gift{To: s.text("m", text), Unit: unit, Points: s.points()}
	default:
		return &ledger.Earn{Unit: unit, Points: s.points(), Issued: s.time(), Active: s.time(), Expires: s.time(), Await: s.text("", text), Reason: text}
	}
}
