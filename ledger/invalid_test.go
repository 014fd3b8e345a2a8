package ledger_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/ledger"
)

var (
	long     = strings.Repeat("x", ledger.MaxID+1)
	longText = strings.Repeat("x", ledger.MaxText+1)
	ancient  = time.Date(0, 12, 31, 0, 0, 0, 0, time.UTC)
	remote   = time.Date(9999, 12, 31, 23, 0, 0, 0, time.FixedZone("west", -2*60*60)) // the year 10000 in UTC
	someLot  = ledger.Terms{Issued: day(0)}.ID()
)

// A request that cannot be meant names its field, writes nothing, and its key is free.
func TestInvalid_Requests(t *testing.T) {
	in := ledger.Earn{Unit: points, Points: 1}
	for _, row := range []struct {
		field string
		rule  string
		alter func(*ledger.Request)
	}{
		{"owner", "is there", func(r *ledger.Request) { r.Owner = "" }},
		{"owner", "is short", func(r *ledger.Request) { r.Owner = long }},
		{"owner", "is text", func(r *ledger.Request) { r.Owner = "a\xff" }},
		{"owner", "has no control characters", func(r *ledger.Request) { r.Owner = "a\x00" }},
		{"id", "is there", func(r *ledger.Request) { r.ID = "" }},
		{"id", "is short", func(r *ledger.Request) { r.ID = long }},
		{"id", "is none of the ledger's own", func(r *ledger.Request) { r.ID = "~tick/1" }},
		{"id", "has no line breaks", func(r *ledger.Request) { r.ID = "a\nb" }},
		{"id", "has no deletes", func(r *ledger.Request) { r.ID = "a\x7f" }},
		{"reference", "is short", func(r *ledger.Request) { r.Reference = long }},
		{"at", "is there", func(r *ledger.Request) { r.At = never }},
		{"at", "can be written", func(r *ledger.Request) { r.At = remote }},
		{"at", "is not lost in rounding", func(r *ledger.Request) { r.At = never.Add(999) }},
		{"time", "can be written", func(r *ledger.Request) { r.Time = ancient }},
		{"kind", "is short", func(r *ledger.Request) { r.Kind = ledger.Kind(longText) }},
		{"reason", "is short", func(r *ledger.Request) { r.Reason = longText }},
		{"reason", "is text", func(r *ledger.Request) { r.Reason = "\xff" }},
		{"reason", "has no zero bytes", func(r *ledger.Request) { r.Reason = "a\x00b" }},
		{"actor", "is short", func(r *ledger.Request) { r.Actor = longText }},
		{"details", "are JSON", func(r *ledger.Request) { r.Details = json.RawMessage(`{`) }},
		{"details", "are not endless", func(r *ledger.Request) {
			r.Details = json.RawMessage(`"` + strings.Repeat("x", ledger.MaxDetails) + `"`)
		}},
	} {
		t.Run(row.field+" "+row.rule, func(t *testing.T) {
			b := open(t)
			req := ask("k", day(0))
			row.alter(&req)
			refusedFor(t, b, row.field, req, in)
		})
	}
}

func TestInvalid_Operations(t *testing.T) {
	earn := ledger.Earn{Unit: points, Points: 1}
	hold := ledger.PlaceHold{Unit: points, Points: 1}
	for _, row := range []struct {
		field string
		rule  string
		ops   []ledger.Op
	}{
		{"ops", "something is asked for", nil},
		{"ops", "not too much", make([]ledger.Op, ledger.MaxOps+1)},
		{"ops", "one hold at most", []ledger.Op{hold, hold}},
		{"ops[0]", "no nil", []ledger.Op{nil}},
		{"ops[1].points", "of several the one at fault is named", []ledger.Op{earn, ledger.Redeem{Unit: points}}},
		{"ops[1].unit", "also for its unit", []ledger.Op{earn, ledger.Redeem{Unit: "typo", Points: 1}}},
		{"ops[1].until", "also when found in deciding", []ledger.Op{earn, ledger.PlaceHold{Unit: points, Points: 1, Until: day(0)}}},

		{"unit", "is there", []ledger.Op{ledger.Earn{Points: 1}}},
		{"unit", "is kept", []ledger.Op{ledger.Earn{Unit: "Points", Points: 1}}},
		{"unit", "is kept", []ledger.Op{ledger.Redeem{Unit: "miles", Points: 1, UpTo: true}}},
		{"unit", "is kept", []ledger.Op{ledger.PlaceHold{Unit: "miles", Points: 1}}},
		{"unit", "is kept", []ledger.Op{ledger.Clawback{Unit: "miles", Points: 1}}},
		{"unit", "is kept", []ledger.Op{ledger.Return{Unit: "miles", Parts: []ledger.Part{{Lot: someLot, Points: 1}}}}},
		{"points", "are above zero", []ledger.Op{ledger.Earn{Unit: points}}},
		{"points", "are above zero", []ledger.Op{ledger.Redeem{Unit: points, Points: -1, UpTo: true}}},
		{"points", "are above zero", []ledger.Op{ledger.PlaceHold{Unit: points}}},
		{"points", "are above zero", []ledger.Op{ledger.Clawback{Unit: points, Points: -5}}},
		{"points", "are not negative", []ledger.Op{ledger.Capture{Hold: "h", Points: -1}}},
		{"reason", "is short", []ledger.Op{ledger.Earn{Unit: points, Points: 1, Reason: longText}}},
		{"reason", "is short", []ledger.Op{ledger.Redeem{Unit: points, Points: 1, Reason: longText}}},
		{"reason", "is short", []ledger.Op{ledger.PlaceHold{Unit: points, Points: 1, Reason: longText}}},
		{"reason", "is short", []ledger.Op{ledger.Capture{Hold: "h", Reason: longText}}},
		{"reason", "is short", []ledger.Op{ledger.Release{Hold: "h", Reason: longText}}},
		{"reason", "is short", []ledger.Op{ledger.Clawback{Unit: points, Points: 1, Reason: longText}}},
		{"reason", "is short", []ledger.Op{ledger.Return{Unit: points, Parts: []ledger.Part{{Lot: someLot, Points: 1}}, Reason: longText}}},
		{"reason", "is short", []ledger.Op{ledger.Reverse{Of: "k", Reason: longText}}},

		{"issued", "can be written", []ledger.Op{ledger.Earn{Unit: points, Points: 1, Issued: ancient}}},
		{"active", "can be written", []ledger.Op{ledger.Earn{Unit: points, Points: 1, Active: remote}}},
		{"expires", "can be written", []ledger.Op{ledger.Earn{Unit: points, Points: 1, Expires: remote}}},
		{"expires", "comes after active", []ledger.Op{ledger.Earn{Unit: points, Points: 1, Active: day(2), Expires: day(2)}}},
		{"expires", "by a microsecond", []ledger.Op{ledger.Earn{Unit: points, Points: 1, Active: day(2), Expires: day(2).Add(999)}}},
		{"until", "can be written", []ledger.Op{ledger.PlaceHold{Unit: points, Points: 1, Until: remote}}},
		{"until", "is to come", []ledger.Op{ledger.PlaceHold{Unit: points, Points: 1, Until: day(0)}}},
		{"flow", "is one for spending", []ledger.Op{ledger.Redeem{Unit: points, Points: 1, Flow: ledger.FlowIssued}}},
		{"flow", "is one for spending", []ledger.Op{ledger.Capture{Hold: "h", Flow: ledger.FlowExpired}}},
		{"flow", "is one for spending", []ledger.Op{ledger.Return{Unit: points, Parts: []ledger.Part{{Lot: someLot, Points: 1}}, Flow: ledger.FlowUncollected}}},
		{"flow", "is short", []ledger.Op{ledger.Redeem{Unit: points, Points: 1, Flow: long}}},
		{"hold", "is there", []ledger.Op{ledger.Capture{}}},
		{"hold", "is there", []ledger.Op{ledger.Release{}}},

		{"lots[1]", "are lots", []ledger.Op{ledger.Clawback{Unit: points, Points: 1, Lots: []string{someLot, ledger.DebtLot}}}},
		{"lots", "are not endless", []ledger.Op{ledger.Clawback{Unit: points, Points: 1, Lots: make([]string, ledger.MaxParts+1)}}},
		{"policy", "is known", []ledger.Op{ledger.Clawback{Unit: points, Points: 1, Policy: "forgive"}}},
		{"policy", "is known", []ledger.Op{ledger.Reverse{Of: "k", Policy: "forgive"}}},
		{"parts", "are there", []ledger.Op{ledger.Return{Unit: points}}},
		{"parts", "are not endless", []ledger.Op{ledger.Return{Unit: points, Parts: make([]ledger.Part, ledger.MaxParts+1)}}},
		{"parts[1].points", "are above zero", []ledger.Op{ledger.Return{Unit: points, Parts: []ledger.Part{{Lot: someLot, Points: 1}, {Lot: someLot}}}}},
		{"parts[0].lot", "is a lot", []ledger.Op{ledger.Return{Unit: points, Parts: []ledger.Part{{Lot: ledger.DebtLot, Points: 1}}}}},
		{"points", "were spent", []ledger.Op{ledger.Return{Unit: points, Parts: []ledger.Part{{Lot: someLot, Points: 1}}}}},
		{"grace", "can be written", []ledger.Op{ledger.Return{Unit: points, Parts: []ledger.Part{{Lot: someLot, Points: 1}}, Grace: remote}}},
		{"grace", "can be written", []ledger.Op{ledger.Reverse{Of: "k", Grace: ancient}}},
		{"of", "is there", []ledger.Op{ledger.Reverse{}}},
	} {
		t.Run(row.field+" "+row.rule, func(t *testing.T) {
			refusedFor(t, open(t), row.field, ask("k", day(0)), row.ops...)
		})
	}
}

func aLimit(alter func(*ledger.Limit)) []ledger.Limit {
	l := ledger.Limit{Name: "l", Window: calendar.Window{From: day(0), Until: day(1)}}
	alter(&l)
	return []ledger.Limit{l}
}

func limitedGift(limits []ledger.Limit) ledger.Op {
	return ledger.Gift{To: "bob", Unit: points, Points: 1, Limits: limits}
}

var oneLimit = aLimit(func(*ledger.Limit) {})

var moreInvalid = []struct {
	field string
	rule  string
	op    ledger.Op
}{
	{"await", "is short", ledger.Earn{Unit: points, Points: 1, Await: long[:ledger.MaxAwait+1]}},
	{"await", "has no line breaks", ledger.Earn{Unit: points, Points: 1, Await: "a\nb"}},
	{"await", "is there", ledger.Activate{}},
	{"reason", "is short", ledger.Activate{Await: "a", Reason: longText}},

	{"to", "is there", ledger.Gift{Unit: points, Points: 1}},
	{"to", "is short", ledger.Gift{To: long, Unit: points, Points: 1}},
	{"to", "is another", ledger.Gift{To: "m", Unit: points, Points: 1}},
	{"unit", "is there", ledger.Gift{To: "bob", Points: 1}},
	{"unit", "is kept", ledger.Gift{To: "bob", Unit: "miles", Points: 1}},
	{"points", "are above zero", ledger.Gift{To: "bob", Unit: points, Points: -1}},
	{"reason", "is short", ledger.Gift{To: "bob", Unit: points, Points: 1, Reason: longText}},
	{"limits", "have names", limitedGift(aLimit(func(l *ledger.Limit) { l.Name = "" }))},
	{"limits", "have short names", limitedGift(aLimit(func(l *ledger.Limit) { l.Name = long }))},
	{"limits", "have names of their own", limitedGift(append(oneLimit, oneLimit...))},
	{"limits", "are not below zero: each", limitedGift(aLimit(func(l *ledger.Limit) { l.Each = -1 }))},
	{"limits", "are not below zero: points", limitedGift(aLimit(func(l *ledger.Limit) { l.Points = -1 }))},
	{"limits", "are not below zero: uses", limitedGift(aLimit(func(l *ledger.Limit) { l.Uses = -1 }))},
	{"limits", "have windows", limitedGift(aLimit(func(l *ledger.Limit) { l.Window.Until = day(0) }))},
	{"limits", "are not endless", limitedGift(make([]ledger.Limit, ledger.MaxParts+1))},

	{"unit", "is there", ledger.Adjust{Points: 1}},
	{"unit", "is kept", ledger.Adjust{Unit: "miles", Points: 1}},
	{"points", "are not zero", ledger.Adjust{Unit: points}},
	{"policy", "is known", ledger.Adjust{Unit: points, Points: -1, Policy: "forgive"}},
	{"issued", "can be written", ledger.Adjust{Unit: points, Points: 1, Issued: ancient}},
	{"active", "can be written", ledger.Adjust{Unit: points, Points: 1, Active: remote}},
	{"expires", "comes after active", ledger.Adjust{Unit: points, Points: 1, Active: day(2), Expires: day(2)}},
	{"kit", "is there when limits are", ledger.Adjust{Unit: points, Points: 1, Limits: oneLimit}},
	{"kit", "is short", ledger.Adjust{Unit: points, Points: 1, Kit: long, Limits: oneLimit}},
	{"limits", "are there when a kit is", ledger.Adjust{Unit: points, Points: 1, Kit: "agent"}},
	{"limits", "have names", ledger.Adjust{Unit: points, Points: 1, Kit: "agent", Limits: make([]ledger.Limit, 1)}},
	{"reason", "is short", ledger.Adjust{Unit: points, Points: 1, Reason: longText}},

	{"unit", "is there", ledger.Open{Points: 1}},
	{"points", "are above zero", ledger.Open{Unit: points, Points: -1}},
	{"expires", "comes after active", ledger.Open{Unit: points, Points: 1, Active: day(2), Expires: day(2)}},
	{"reason", "is short", ledger.Open{Unit: points, Points: 1, Reason: longText}},

	{"unit", "is there", ledger.Extend{Expires: day(9)}},
	{"unit", "is kept", ledger.Extend{Unit: "miles", Expires: day(9)}},
	{"lots[1]", "are lots", ledger.Extend{Unit: points, Lots: []string{someLot, "lot"}, Expires: day(9)}},
	{"lots", "are not endless", ledger.Extend{Unit: points, Lots: make([]string, ledger.MaxParts+1)}},
	{"expires", "can be written", ledger.Extend{Unit: points, Expires: remote}},
	{"expires", "is to come", ledger.Extend{Unit: points, Expires: day(0)}},
	{"reason", "is short", ledger.Extend{Unit: points, Reason: longText}},

	{"of", "is there", ledger.Reinstate{}},
	{"expires", "can be written", ledger.Reinstate{Of: "x", Expires: ancient}},
	{"expires", "is to come", ledger.Reinstate{Of: "x", Expires: day(0)}},
	{"reason", "is short", ledger.Reinstate{Of: "x", Reason: longText}},

	{"from", "is there", ledger.Merge{}},
	{"from", "is short", ledger.Merge{From: long}},
	{"from", "is another", ledger.Merge{From: "m"}},
	{"reason", "is short", ledger.Merge{From: "bob", Reason: longText}},
	{"reason", "is short", ledger.Close{Reason: longText}},
}

// The operations that touch another owner, or change what there is.
func TestInvalid_MoreOperations(t *testing.T) {
	for _, row := range moreInvalid {
		t.Run(fmt.Sprintf("%T %s %s", row.op, row.field, row.rule), func(t *testing.T) {
			refusedFor(t, open(t), row.field, by("m", "k", day(0)), row.op)
		})
	}
	up := ledger.Adjust{Unit: points, Points: 1, Reason: "sorry"}
	req := by("m", "k", day(0))
	req.Actor = ""
	refusedFor(t, open(t), "actor", req, up)
	req = by("m", "k", day(0))
	req.Reason = ""
	refusedFor(t, open(t), "reason", req, up)
	req = by("m", "k", day(1)) // the limit is for the day before
	b := open(t)
	b.earn("m", "in", 5, day(0), never)
	_, err := b.Post(t.Context(), req, limitedGift(oneLimit))
	equal(t, "error", `ledger: limits: "l" is for another time`, fmt.Sprint(err))
}

// refusedFor posts a request that must be refused for a field, and then one of the
// same key that must not.
func refusedFor(t *testing.T, b *books, field string, req ledger.Request, ops ...ledger.Op) {
	t.Helper()
	_, err := b.Post(t.Context(), req, ops...)
	e, ok := errors.AsType[*ledger.InvalidError](err)
	if !ok || !errors.Is(err, ledger.ErrInvalid) {
		t.Fatalf("got %v, want an InvalidError", err)
	}
	equal(t, "field of "+err.Error(), field, e.Field)
	if len(err.Error()) > 300 {
		t.Errorf("an error of %d bytes: %.80s…", len(err.Error()), err)
	}
	equal(t, "owners", []string{}, b.store.Owners())
	equal(t, "replayed", false, b.post(ask("k", day(0)), ledger.Earn{Unit: points, Points: 1}).Replayed)
}

func TestInvalid_Config(t *testing.T) {
	_, err := ledger.New(ledger.Config{Units: []string{"points", ""}, Attempts: -1})
	for _, field := range []string{"store", "units[1]", "attempts"} {
		if err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("%v: does not name %s", err, field)
		}
	}
	if !errors.Is(err, ledger.ErrInvalid) {
		t.Errorf("%v is not ErrInvalid", err)
	}
}

func TestInvalid_Reads(t *testing.T) {
	b := open(t)
	ctx := context.Background()
	for field, call := range map[string]func() error{
		"unit":    func() error { _, err := b.Balance(ctx, "m", "miles", day(0)); return err },
		"owner":   func() error { _, err := b.Balance(ctx, "", points, day(0)); return err },
		"at":      func() error { _, err := b.Balance(ctx, "m", points, never); return err },
		"at ":     func() error { return b.Tick(ctx, "m", never) },
		"owner ":  func() error { return b.Tick(ctx, "", day(0)) },
		"owner  ": func() error { _, err := b.Statement(ctx, ledger.StatementQuery{}); return err },
		"unit ":   func() error { _, err := b.Statement(ctx, ledger.StatementQuery{Owner: "m", Unit: "miles"}); return err },
		"direction": func() error {
			_, err := b.Statement(ctx, ledger.StatementQuery{Owner: "m", Direction: "up"})
			return err
		},
		"limit":     func() error { _, err := b.Statement(ctx, ledger.StatementQuery{Owner: "m", Limit: -1}); return err },
		"owner   ":  func() error { _, err := b.Load(ctx, []string{"m", ""}, nil); return err },
		"owners":    func() error { return b.Update(ctx, nil, nil, nil) },
		"owner    ": func() error { return b.Update(ctx, []string{"m", long}, nil, nil) },
		"lot":       func() error { _, err := ledger.ParseLotID("debt"); return err },
		"unit  ":    func() error { _, err := b.Expiring(ctx, "m", "miles", day(0), day(1)); return err },
		"owner  4":  func() error { _, err := b.Expiring(ctx, "", points, day(0), day(1)); return err },
		"at  ":      func() error { _, err := b.Expiring(ctx, "m", points, never, day(1)); return err },
		"until":     func() error { _, err := b.Expiring(ctx, "m", points, day(0), never); return err },
		"unit   ":   func() error { _, err := b.BalanceAt(ctx, "m", "miles", day(0), ""); return err },
		"owner  5":  func() error { _, err := b.BalanceAt(ctx, "", points, day(0), ""); return err },
		"at   ":     func() error { _, err := b.BalanceAt(ctx, "m", points, never, ""); return err },
		"by":        func() error { _, err := b.BalanceAt(ctx, "m", points, day(0), "hearsay"); return err },
		"owner  6":  func() error { return b.Erase(ctx, "") },
		"owner  7": func() error {
			for _, err := range b.Entries(ctx, ledger.StatementQuery{}) {
				return err
			}
			return nil
		},
	} {
		e, ok := errors.AsType[*ledger.InvalidError](call())
		if !ok || e.Field != strings.TrimRight(field, " 0123456789") {
			t.Errorf("got %v, want an InvalidError of %s", e, field)
		}
	}
}
