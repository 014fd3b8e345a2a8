package main

import (
	"bytes"
	"context"
	"maps"
	"strconv"
	"testing"

	"github.com/loyaltykit/loyalty"
	"github.com/loyaltykit/loyalty/ledger/memory"
	"github.com/loyaltykit/loyalty/rules"
	"github.com/shopspring/decimal"
)

// placed is an order and what came of it, for working out its refunds anew.
type placed struct {
	order  *rules.Order
	awards []rules.Award
	spent  []int64 // by line
	back   []int64 // pieces returned, by line
}

// due is what the pieces returned so far come to: points by rule, and spent points.
func (p *placed) due() (taken map[string]int64, returned int64) {
	taken = map[string]int64{}
	part := func(points int64, line int) int64 {
		return points * p.back[line] / p.order.Lines[line].Quantity.IntPart()
	}
	for _, a := range p.awards {
		for _, s := range a.Lines {
			n, _ := strconv.Atoi(s.Line)
			taken[a.Rule] += part(s.Points, n-1)
		}
	}
	for line, n := range p.spent {
		returned += part(n, line)
	}
	return taken, returned
}

// The books would balance too if a refund took back the wrong points. So every
// order and refund of the sample is worked out again from the events alone.
func TestEveryOrderAndRefundWorkedOutAgain(t *testing.T) {
	y, err := newYear(memory.New())
	if err != nil {
		t.Fatal(err)
	}
	in, err := read(context.Background(), bytes.NewReader(sample), y.zone)
	if err != nil {
		t.Fatal(err)
	}
	orders := map[string]*placed{}
	plain, refunds := 0, 0
	y.told = func(e loyalty.Event, r loyalty.Result) {
		switch e.Type {
		case loyalty.TypeOrder:
			orders[e.Order.ID] = &placed{e.Order, r.Awards, rules.Allocate(r.Spent, e.Order.LineNets()), make([]int64, len(e.Order.Lines))}
			room := y.cap.points - y.cap.used[memberMonth{e.Member, month(e.Time)}]
			if e.Spend == nil && r.Earned(unit) < room {
				plain++
				checkBase(t, e, r)
			}
		case loyalty.TypeRefund:
			refunds++
			checkRefund(t, orders[e.Refund.Order], e, r)
		}
	}
	if err := y.play(context.Background(), in.orders.sorted(), &progress{}); err != nil {
		t.Fatal(err)
	}
	if plain < 2_000 || refunds != 611 {
		t.Errorf("%d orders and %d refunds checked, want most of 3,404 and all of 611", plain, refunds)
	}
}

// checkBase holds an order that was paid with money and met no cap to 1 point per 1.00 of goods.
func checkBase(t *testing.T, e loyalty.Event, r loyalty.Result) {
	t.Helper()
	goods := decimal.Zero
	for _, l := range e.Order.Lines {
		if l.Category != servicesCategory {
			goods = goods.Add(l.Amount)
		}
	}
	var base int64
	for _, a := range r.Awards {
		var sum int64
		for _, s := range a.Lines {
			sum += s.Points
		}
		if sum != a.Points {
			t.Errorf("order %s: %s gave %d, its lines' shares come to %d", e.Order.ID, a.Rule, a.Points, sum)
		}
		if a.Rule == "base" {
			base = a.Points
		}
	}
	if want := goods.IntPart(); base != want {
		t.Errorf("order %s: base %d for goods of %s, want %d", e.Order.ID, base, goods, want)
	}
}

func checkRefund(t *testing.T, p *placed, e loyalty.Event, r loyalty.Result) {
	t.Helper()
	before, returnedBefore := p.due()
	for _, l := range e.Refund.Lines {
		n, _ := strconv.Atoi(l.Line)
		p.back[n-1] += l.Quantity.IntPart()
	}
	want, returned := p.due()
	for rule, n := range before {
		want[rule] -= n
	}
	maps.DeleteFunc(want, func(_ string, n int64) bool { return n == 0 })
	got := map[string]int64{}
	for _, a := range r.Taken {
		got[a.Rule] += a.Points
	}
	if !maps.Equal(want, got) {
		t.Errorf("refund %s takes back %v, want %v", e.ID, got, want)
	}
	if returned -= returnedBefore; returned != r.Returned {
		t.Errorf("refund %s gives back %d spent points, want %d", e.ID, r.Returned, returned)
	}
}
