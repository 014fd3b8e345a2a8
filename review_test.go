package loyalty_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/loyaltykit/loyalty"
	"github.com/loyaltykit/loyalty/ledger/memory"
	"pgregory.net/rapid"
)

// reviewed is a world with a host that has the last word.
func reviewed(t fataler, def loyalty.Definition, review loyalty.Reviewer) *world {
	t.Helper()
	w := &world{fataler: t, store: memory.New(), now: newYear}
	var err error
	w.program, err = loyalty.New(loyalty.Config{Store: w.store, Program: def, Review: review, Now: func() time.Time { return w.now }})
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	return w
}

// TestBadRevision: a revision that cannot be made is an error of its own, and nothing is written.
func TestBadRevision(t *testing.T) {
	for _, c := range []struct {
		rule      string
		revisions []loyalty.Revision
		says      string
	}{
		{"it is of an award", []loyalty.Revision{{Award: 1, Reason: "x"}}, "award 1"},
		{"that is there", []loyalty.Revision{{Award: -1, Reason: "x"}}, "award -1"},
		{"it does not raise", []loyalty.Revision{{Award: 0, Points: 501, Reason: "x"}}, "501 points"},
		{"nor go below zero", []loyalty.Revision{{Award: 0, Points: -1, Reason: "x"}}, "-1 points"},
		{"it has a reason", []loyalty.Revision{{Award: 0, Points: 5}}, "no reason"},
		{"of some length", []loyalty.Revision{{Award: 0, Reason: strings.Repeat("x", 1001)}}, "1001 bytes"},
		{"there is one of each award", []loyalty.Revision{{Award: 0, Points: 5, Reason: "x"}, {Award: 0, Points: 4, Reason: "y"}}, "twice"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			w := reviewed(t, shop(), func(loyalty.Proposal) []loyalty.Revision { return c.revisions })
			_, err := w.program.Process(context.Background(), loyalty.Event{ID: "join", Type: loyalty.TypeSignUp, Member: someone})
			if !errors.Is(err, loyalty.ErrReview) {
				t.Fatalf("got %v", err)
			}
			contains(t, err.Error(), c.says)
			if len(w.store.Owners()) != 0 {
				t.Fatalf("owners: %v", w.store.Owners())
			}
		})
	}
}

// TestVetoLeavesNoTrace: limits, carried remainders and the tier are as if the rule had not
// matched; a lowered award counts as far as it goes. Both are told, then and when sent again.
func TestVetoLeavesNoTrace(t *testing.T) {
	w := reviewed(t, shop(), func(p loyalty.Proposal) (list []loyalty.Revision) {
		for i, a := range p.Awards {
			switch a.Rule {
			case "stars", "big":
				list = append(list, loyalty.Revision{Award: i, Reason: "not today"})
			case "base":
				list = append(list, loyalty.Revision{Award: i, Points: 30, Reason: "30 at most"})
			}
		}
		for i := range p.Awards {
			p.Awards[i].Points = 1 << 40 // it is the host's own copy
		}
		return list
	})
	w.join(someone, "")
	e := loyalty.Event{ID: "buy", Type: loyalty.TypeOrder, Member: someone, Order: oneLine("o", "90", 1)}
	r := w.process(e)
	w.equal("awards", map[string]int64{"base": 30}, points(r.Awards))
	w.equal("reviews", []loyalty.Review{
		{Rule: "base", Unit: "points", From: 90, To: 30, Reason: "30 at most"},
		{Rule: "stars", Unit: "stars", From: 2, Reason: "not today"},
		{Rule: "big", Unit: "points", From: 25, Reason: "not today"},
	}, r.Reviews)
	usage := documents(w.record(someone))["usage"].(map[string]any)
	w.equal("usage", 1, len(usage)) // of the cap
	w.equal("of the cap", float64(530), usage["cap/monthly/2026-01"].(map[string]any)["p"])
	w.equal("towards the tier", int64(30), w.member(someone).Tier.Points)
	w.equal("replay", r, w.process(e), cmpopts.IgnoreFields(loyalty.Result{}, "Replayed"))
}

// TestReviewOfTheInviter: it is asked about each side of a referral by itself.
func TestReviewOfTheInviter(t *testing.T) {
	w := reviewed(t, friends(loyalty.Referral{}), func(p loyalty.Proposal) (list []loyalty.Revision) {
		if p.Type == loyalty.TypeInviter && p.Member.ID == "ann" && p.Event.Member == "ben" {
			for i := range p.Awards {
				list = append(list, loyalty.Revision{Award: i, Reason: "ann is staff"})
			}
		}
		return list
	})
	w.join("ann", "")
	w.join("ben", "ann")
	r := w.buy("ben", "o", "50")
	w.equal("ann's", 0, len(r.Referral.Awards))
	w.equal("reviews", 2, len(r.Referral.Reviews))
	w.equal("ben's", int64(100), points(r.Awards)["guest"])
	contains(t, r.Explain(), "ann is staff")
	r = w.giveBack("ben", "o", "")
	w.equal("nothing to take of ann", 0, len(r.Referral.Taken))
	w.equal("ann brought nobody", 0, w.member("ann").Brought)
}

// Whatever a host lowers or vetoes: shares still sum to their award, a quote is what comes of
// it, and an order returned in parts leaves the member where they began.
func TestLaw_ReviewedAwardsComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		percent := map[string]int64{}
		for _, rule := range []string{"base", "stars", "book", "spring", "double", "big", "tier/silver"} {
			percent[rule] = rapid.Int64Range(0, 100).Draw(t, rule)
		}
		w := reviewed(t, shop(), func(p loyalty.Proposal) (list []loyalty.Revision) {
			for i, a := range p.Awards {
				if n, ok := percent[a.Rule]; ok {
					list = append(list, loyalty.Revision{Award: i, Points: a.Points * n / 100, Reason: "so it is"})
				}
			}
			return list
		})
		w.join(someone, "")
		before := w.record(someone)
		for i := range rapid.IntRange(1, 3).Draw(t, "orders") {
			o := drawOrder(t, fmt.Sprint("o", i))
			e := loyalty.Event{ID: o.ID, Type: loyalty.TypeOrder, Member: someone, Time: w.now, Order: o}
			quote, err := w.program.Quote(context.Background(), e)
			if err != nil {
				t.Fatal(err)
			}
			r := w.process(e)
			w.equal("quoted", quote, r, cmpopts.IgnoreFields(loyalty.Result{}, "Trace", "PassedOver"))
			for _, a := range r.Awards {
				var sum int64
				for _, s := range a.Lines {
					sum += s.Points
				}
				w.equal("shares of "+a.Rule, a.Points, sum)
			}
			rest := quantities(o)
			if back := drawReturn(t, o.ID, rest); len(back.Lines) > 0 {
				w.process(loyalty.Event{ID: o.ID + " part", Type: loyalty.TypeRefund, Member: someone, Refund: back})
			}
			for _, q := range rest {
				if q.Sign() > 0 {
					w.process(loyalty.Event{ID: o.ID + " rest", Type: loyalty.TypeRefund, Member: someone, Refund: &loyalty.Refund{Order: o.ID}})
					break
				}
			}
		}
		after := w.record(someone)
		w.equal("accounts", before.Accounts, after.Accounts)
		w.equal("usage", documents(before)["usage"], documents(after)["usage"])
		w.provesItself(someone)
	})
}
