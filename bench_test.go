package loyalty_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/loyaltykit/loyalty"
	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/ledger/memory"
	"github.com/loyaltykit/loyalty/rules"
	"github.com/shopspring/decimal"
)

// fiftyRules are what a shop of some size has in force: one rate, campaigns by
// category, brand and SKU of which a few touch any order, multipliers, bonuses,
// limits and a cap.
func fiftyRules() loyalty.Definition {
	def := shop()
	list := def.Rules.Rules
	for i := 0; len(list) < 50; i++ {
		r := rules.Rule{ID: fmt.Sprintf("campaign-%02d", i), Trigger: loyalty.TypeOrder}
		switch i % 4 {
		case 0:
			r.Lines.Categories = []string{fmt.Sprint("category-", i)}
			r.Effect = rules.Effect{Kind: rules.Multiplier, Factor: dec("1.5")}
		case 1:
			r.Lines.Brands = []string{fmt.Sprint("brand-", i)}
			r.Effect = rules.Effect{Kind: rules.PerQuantity, Points: 5}
		case 2:
			r.Lines.SKUs = []string{fmt.Sprint("sku-", i), fmt.Sprint("sku-", i+1)}
			r.Effect, r.Phase = rules.Effect{Kind: rules.Fixed, Points: 20}, rules.PhaseBonus
			r.Limits = []rules.Limit{{Uses: 1, Per: rules.Per(calendar.Month)}}
		case 3:
			r.Lines.MinAmount = decimal.NewFromInt(int64(100 * i))
			r.Effect, r.Phase = rules.Effect{Kind: rules.Fixed, Points: 50}, rules.PhaseBonus
		}
		list = append(list, r)
	}
	def.Rules.Rules = list
	return def
}

func fiveLines(id string) *rules.Order {
	o := &rules.Order{ID: id}
	for i := range 5 {
		l := rules.Line{
			ID: fmt.Sprint(i + 1), SKU: fmt.Sprint("sku-", 5*i), Brand: fmt.Sprint("brand-", 4*i+1), Category: []string{"garden/tools", "books", "kitchen"}[i%3],
			Quantity: decimal.NewFromInt(int64(i%2 + 1)), Amount: decimal.New(int64(1295+400*i), -2),
		}
		o.Lines = append(o.Lines, l)
		o.Total = o.Total.Add(l.Amount)
	}
	return o
}

// BenchmarkProcess is one order of 5 lines under 50 rules, by one of 1,000 members, on
// the memory store: load, decide, commit.
func BenchmarkProcess(b *testing.B) {
	ctx := context.Background()
	now := newYear
	p, err := loyalty.New(loyalty.Config{Store: memory.New(), Program: fiftyRules(), Now: func() time.Time { return now }})
	if err != nil {
		b.Fatal(err)
	}
	const members = 1000
	for i := range members {
		if _, err := p.Process(ctx, loyalty.Event{ID: "join", Type: loyalty.TypeSignUp, Member: fmt.Sprint("m-", i)}); err != nil {
			b.Fatal(err)
		}
	}
	order := fiveLines("")
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		now = newYear.Add(time.Duration(i) * time.Minute)
		order.ID = fmt.Sprint("o-", i)
		if _, err := p.Process(ctx, loyalty.Event{ID: order.ID, Type: loyalty.TypeOrder, Member: fmt.Sprint("m-", i%members), Order: order}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkReadEvent is what a consumer pays before Process: to read the same event
// from JSON. It is the yardstick beside BenchmarkProcess in the same run.
func BenchmarkReadEvent(b *testing.B) {
	text, err := json.Marshal(loyalty.Event{ID: "o-1", Type: loyalty.TypeOrder, Member: "m-1", Time: newYear, Order: fiveLines("o-1")})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		var e loyalty.Event
		if err := json.Unmarshal(text, &e); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkQuote is the same decision without the commit, with its trace.
func BenchmarkQuote(b *testing.B) {
	ctx := context.Background()
	p, err := loyalty.New(loyalty.Config{Store: memory.New(), Program: fiftyRules(), Now: func() time.Time { return newYear }})
	if err != nil {
		b.Fatal(err)
	}
	if _, err := p.Process(ctx, loyalty.Event{ID: "join", Type: loyalty.TypeSignUp, Member: someone}); err != nil {
		b.Fatal(err)
	}
	e := loyalty.Event{Type: loyalty.TypeOrder, Member: someone, Order: fiveLines("o")}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Quote(ctx, e); err != nil {
			b.Fatal(err)
		}
	}
}
