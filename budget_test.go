package loyalty_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/loyaltykit/loyalty"
	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/ledger"
	"github.com/loyaltykit/loyalty/ledger/memory"
	"github.com/loyaltykit/loyalty/rules"
	"github.com/shopspring/decimal"
	"pgregory.net/rapid"
)

// launch is a programme whose points come out of a budget.
func launch(points int64) loyalty.Definition {
	def := rate(1, "")
	def.Rules.Budgets = []rules.Budget{{ID: "launch", Rules: []string{"base"}, Points: points}}
	return def
}

func (w *world) budgets() map[string]loyalty.Budget {
	w.Helper()
	list, err := w.program.Budgets(context.Background(), w.now)
	if err != nil {
		w.Fatalf("Budgets: %v", err)
	}
	m := map[string]loyalty.Budget{}
	for _, b := range list {
		m[b.Key] = b
	}
	return m
}

const launchKey = "budget/launch/ever"

// audited holds a budget to its entries, and every shard to its history.
func (w *world) audited(key string, spent func(rules.Fund) int64) {
	w.Helper()
	var in, out, last int64
	for e, err := range w.program.BudgetEntries(context.Background(), key) {
		if err != nil {
			w.Fatalf("BudgetEntries: %v", err)
		}
		for _, p := range e.Transaction.Postings {
			switch {
			case p.From.Flow == "issued":
				in += p.Points
			case p.To.Flow == "withdrawn":
				in -= p.Points
			case p.To.Flow == "awarded":
				out += p.Points
			case p.From.Flow == "awarded":
				out -= p.Points
			}
		}
		if last = e.Balance; last < 0 {
			w.Fatalf("%s was overspent at %s", key, e.Transaction.Key)
		}
	}
	w.equal("balance of the entries", in-out, last)
	w.equal("spent", spent(w.budgets()[key].Spent), out)
	fulls := map[string]bool{}
	for i := range loyalty.BudgetShards {
		if doc, ok := documents(w.record(fmt.Sprint(key, "/", i)))["budget"].(map[string]any); ok {
			fulls[fmt.Sprint(doc["full"])] = true
		}
		if owner := fmt.Sprint(key, "/", i); w.record(owner).Seq > 0 {
			w.provesItself(owner)
		}
	}
	if len(fulls) > 1 {
		w.Fatalf("%s is spread by different amounts: %v", key, fulls)
	}
}

func ofPoints(f rules.Fund) int64 { return f.Points }

// TestBudgetIsNeverOverspent: of many members at once, in two processes, who want more than there is,
// all together get exactly what there is.
func TestBudgetIsNeverOverspent(t *testing.T) {
	ctx := context.Background()
	const full, members = 1000, 48
	w := newWorld(t, launch(full))
	other, err := loyalty.New(loyalty.Config{Store: w.store, Program: launch(full), Now: func() time.Time { return newYear }, Attempts: 1000})
	if err != nil {
		t.Fatal(err)
	}
	w.program, err = loyalty.New(loyalty.Config{Store: w.store, Program: launch(full), Now: func() time.Time { return newYear }, Attempts: 1000})
	if err != nil {
		t.Fatal(err)
	}
	earned := make([]int64, members)
	var wg sync.WaitGroup
	for i := range members {
		wg.Go(func() {
			p := []*loyalty.Program{w.program, other}[i%2]
			r, err := p.Process(ctx, loyalty.Event{ID: "buy", Type: loyalty.TypeOrder, Member: fmt.Sprint("m-", i), Time: newYear, Order: oneLine("o", "37", 1)})
			if err != nil {
				t.Errorf("Process: %v", err)
			}
			earned[i] = r.Earned("points")
		})
	}
	wg.Wait()
	var sum int64
	cut := 0
	for _, n := range earned {
		if sum += n; n < 37 && n > 0 {
			cut++
		}
	}
	w.equal("earned by all", int64(full), sum)
	w.equal("got a part", 1, cut)
	w.equal("left", int64(0), w.budgets()[launchKey].Left.Points)
	w.audited(launchKey, ofPoints)
}

// TestBudgetGivesPartialCredit: what is over the budget is forfeited, not the award. The figures are
// those of Loyalife (help.loyalife.xoxoday.com/docs/point-definition), White Label Loyalty
// (kbase.whitelabel-loyalty.com, points earn, spend and balance caps) and Capillary
// (docs.capillarytech.com/docs/advanced-capping) for caps.
func TestBudgetGivesPartialCredit(t *testing.T) {
	for _, c := range []struct {
		full, already, earn, want int64
	}{
		{500, 450, 100, 50},
		{1000, 900, 200, 100},
		{300, 0, 1000, 300},
	} {
		w := newWorld(t, launch(c.full))
		if c.already > 0 {
			w.buy("other", "o", fmt.Sprint(c.already))
		}
		r := w.buy(someone, "o", fmt.Sprint(c.earn))
		w.equal("earned", c.want, r.Earned("points"))
		w.equal("left", int64(0), w.budgets()[launchKey].Left.Points)
	}
}

// TestBudgetFollowsTheDefinition: more in it is there at once, less is taken out as far as it is
// not spent, and what was added by hand counts with it. It is
// never more than that less what was spent.
func TestBudgetFollowsTheDefinition(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, launch(100))
	under := func(points int64) {
		var err error
		w.program, err = loyalty.New(loyalty.Config{Store: w.store, Program: launch(points), Now: func() time.Time { return w.now }})
		if err != nil {
			t.Fatal(err)
		}
	}
	left := func(want int64) {
		t.Helper()
		w.equal("left", want, w.budgets()[launchKey].Left.Points)
	}
	w.buy("a", "o1", "60")
	left(40)
	under(160)
	left(100)
	r := w.buy("b", "o1", "90")
	w.equal("earned", int64(90), r.Earned("points"))
	left(10)
	under(155)
	left(5)
	under(50)
	left(0)
	r = w.buy("c", "o1", "5")
	w.equal("earned", int64(0), r.Earned("points"))
	add := loyalty.Addition{ID: "more", Key: launchKey, Fund: rules.Fund{Points: 107}, Reason: "it goes well", Actor: "kim"}
	for range 2 {
		b, err := w.program.AddToBudget(ctx, add)
		if err != nil {
			t.Fatal(err)
		}
		w.equal("added", int64(107), b.Added.Points)
	}
	left(7)
	r = w.buy("c", "o2", "5")
	w.equal("earned", int64(5), r.Earned("points"))
	w.audited(launchKey, ofPoints)
	add.Fund.Points = 8
	if _, err := w.program.AddToBudget(ctx, add); !errors.Is(err, ledger.ErrKeyReused) {
		t.Fatalf("got %v", err)
	}
}

// TestBadAddition: each names its field.
func TestBadAddition(t *testing.T) {
	def := launch(100)
	w := newWorld(t, def)
	for _, c := range []struct {
		rule  string
		a     loyalty.Addition
		field string
	}{
		{"it has an id", loyalty.Addition{Key: launchKey, Fund: rules.Fund{Points: 1}}, "id"},
		{"not one of the programme's", loyalty.Addition{ID: "loyalty/1", Key: launchKey, Fund: rules.Fund{Points: 1}}, "id"},
		{"a budget", loyalty.Addition{ID: "a", Key: "budget/lunch/ever", Fund: rules.Fund{Points: 1}}, "key"},
		{"something to put in", loyalty.Addition{ID: "a", Key: launchKey}, "fund"},
		{"above zero", loyalty.Addition{ID: "a", Key: launchKey, Fund: rules.Fund{Points: -1}}, "fund"},
		{"of what it counts", loyalty.Addition{ID: "a", Key: launchKey, Fund: rules.Fund{Money: dec("1")}}, "fund"},
		{"and that alone", loyalty.Addition{ID: "a", Key: launchKey, Fund: rules.Fund{Points: 1, Pieces: 1}}, "fund"},
		{"of some size", loyalty.Addition{ID: "a", Key: launchKey, Fund: rules.Fund{Money: decimal.New(1, 1<<30)}}, "fund.money"},
	} {
		_, err := w.program.AddToBudget(context.Background(), c.a)
		var field string
		if bad, ok := errors.AsType[*loyalty.InvalidError](err); ok {
			field = bad.Field
		} else if bad, ok := errors.AsType[*ledger.InvalidError](err); ok {
			field = bad.Field
		}
		if field != c.field {
			t.Errorf("%s: got %v", c.rule, err)
		}
	}
	w.equal("owners", 0, len(w.store.Owners()))
	def.Unit = loyalty.BudgetUnit
	def.Rules.Budgets[0].Unit = loyalty.BudgetUnit
	if _, err := loyalty.New(loyalty.Config{Store: memory.New(), Program: def}); !errors.Is(err, loyalty.ErrInvalid) {
		t.Fatalf("got %v", err)
	}
}

// partners pays a commission and points to inviters out of money, as long as it lasts; gold ones
// get the commission.
func partners(money string) loyalty.Definition {
	def := friends(loyalty.Referral{EveryOrder: true})
	def.Rules.Caps = nil
	def.Rules.Rules = append(def.Rules.Rules,
		rules.Rule{ID: "commission", Trigger: loyalty.TypeInviter, Phase: rules.PhaseBonus, Audience: rules.Audience{Tiers: []string{"silver"}}, Effect: rules.Effect{Kind: rules.Commission, Rate: dec("0.05")}},
		rules.Rule{ID: "badge", Trigger: loyalty.TypeInviter, Phase: rules.PhaseBonus, Effect: rules.Effect{Kind: rules.GiveOutcome, Outcome: rules.Outcome{Kind: "badge", Reference: "host"}}, Limits: []rules.Limit{{Uses: 1, Per: rules.PerEver}}},
	)
	def.Rules.Budgets = []rules.Budget{{ID: "partners", Rules: []string{"commission", "share"}, Money: dec(money), PointCost: dec("0.01"), Per: rules.Per(calendar.Month)}}
	return def
}

// TestCommission: money for the inviter, out of the month's budget, told again when sent again,
// and back in it with the part of the order that comes back; the badge goes with the last of it.
func TestCommission(t *testing.T) {
	const key = "budget/partners/2026-01"
	w := newWorld(t, partners("10.00"))
	w.join("ann", "")
	w.buy("ann", "own", "250") // silver
	w.join("ben", "ann")
	left := func(want string) {
		t.Helper()
		if got := w.budgets()[key].Left.Money; !got.Equal(dec(want)) {
			t.Fatalf("left %s, want %s", got, want)
		}
	}
	commission := func(awards []rules.Award) string {
		for _, a := range awards {
			for _, o := range a.Outcomes {
				if o.Kind == rules.OutcomeCommission {
					return o.Amount.String()
				}
			}
		}
		return ""
	}
	e := loyalty.Event{ID: "buy", Type: loyalty.TypeOrder, Member: "ben", Time: w.now, Order: oneLine("o", "100", 2)}
	r := w.process(e)
	w.equal("commission", "5", commission(r.Referral.Awards))
	contains(t, r.Explain(), "commission", "badge")
	left("4.9") // and 10 points at 0.01
	w.equal("replay", r, w.process(e), cmpopts.IgnoreFields(loyalty.Result{}, "Replayed"))
	r = w.buy("ben", "p", "500")
	w.equal("what is left of the budget", "4.4", commission(r.Referral.Awards))
	left("0")
	r = w.giveBack("ben", "o", "1")
	w.equal("half of it", "2.5", commission(r.Referral.Taken))
	left("2.55")
	r = w.giveBack("ben", "o", "")
	w.equal("the other half", "2.5", commission(r.Referral.Taken))
	contains(t, r.Explain(), "takes back a commission of 2.5 of ann", "badge host of ann")
	left("5.1")
	w.equal("history of ann", ledger.Kind(loyalty.TypeInviter), w.history("ann")[2].Kind)
	w.audited(key, func(f rules.Fund) int64 { n, _ := rules.Micros(f.Money); return n })
	w.now = w.now.AddDate(0, 1, 0)
	if got := w.budgets()["budget/partners/2026-02"].Left.Money; !got.Equal(dec("10")) {
		t.Fatalf("left next month: %s", got)
	}
	w.provesItself("ann")
}

// wheel draws one of two prizes, of which one is limited.
func wheel(stock int64) loyalty.Definition {
	def := rate(1, "")
	def.Rules.Rules = append(def.Rules.Rules, rules.Rule{
		ID: "wheel", Trigger: "spin", Effect: rules.Effect{Kind: rules.DrawPrize, Draw: &rules.Draw{
			Of: 2, Instead: "points", Prizes: []rules.Prize{
				{ID: "kettle", Odds: 1, Stock: stock, Outcome: rules.Outcome{Kind: "goods", Reference: "kettle"}},
				{ID: "points", Odds: 1, Points: 5},
			},
		}},
	})
	return def
}

// TestStockIsNeverOversold: however many draw at once; each draw can be verified, is told again as
// it was, and is not told by a quote.
func TestStockIsNeverOversold(t *testing.T) {
	ctx := context.Background()
	secret := []byte("0123456789abcdef")
	def := wheel(5)
	store := memory.New()
	p, err := loyalty.New(loyalty.Config{Store: store, Program: def, Secret: secret, Now: func() time.Time { return newYear }, Attempts: 1000})
	if err != nil {
		t.Fatal(err)
	}
	const spins = 40
	results := make([]loyalty.Result, spins)
	spin := func(i int) loyalty.Event {
		return loyalty.Event{ID: "spin", Type: "spin", Member: fmt.Sprint("m-", i), Time: newYear}
	}
	var wg sync.WaitGroup
	for i := range spins {
		wg.Go(func() {
			var err error
			if results[i], err = p.Process(ctx, spin(i)); err != nil {
				t.Errorf("Process: %v", err)
			}
		})
	}
	wg.Wait()
	kettles, gone := 0, 0
	for i, r := range results {
		if len(r.Awards) != 1 || r.Awards[0].Drawn == nil {
			t.Fatalf("spin %d: %+v", i, r.Awards)
		}
		d := *r.Awards[0].Drawn
		if err := rules.VerifyDraw(secret, "wheel", *def.Rules.Rules[2].Effect.Draw, d); err != nil {
			t.Fatal(err)
		}
		if d.Prize == "kettle" {
			kettles++
		}
		if d.Because == rules.DrawStock {
			gone++
		}
		again, err := p.Process(ctx, spin(i))
		if err != nil || again.Awards[0].Drawn.Prize != d.Prize {
			t.Fatalf("again %+v, %v", again.Awards, err)
		}
	}
	if kettles != 5 || gone == 0 {
		t.Fatalf("%d kettles of 5, %d were too late", kettles, gone)
	}
	quote, err := p.Quote(ctx, spin(spins))
	if err != nil || len(quote.Awards) != 0 {
		t.Fatalf("a quote tells %+v, %v", quote.Awards, err)
	}
	if _, err := loyalty.New(loyalty.Config{Store: store, Program: def}); !errors.Is(err, loyalty.ErrInvalid) {
		t.Fatalf("draws without a secret: %v", err)
	}
}

// Whatever members buy, return and are denied by the host: a budget has spent what they have of it, no
// more than there is, and an award is cut only when nothing is left.
func TestLaw_BudgetIsWhatWasAwarded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		def := shop()
		full := rapid.Int64Range(1, 400).Draw(t, "full")
		cents := rapid.Int64Range(1, 400).Draw(t, "cents")
		def.Rules.Budgets = []rules.Budget{
			{ID: "bonus", Rules: []string{"big", "double", "tier/silver"}, Points: full},
			{ID: "cost", Money: decimal.New(cents, -2), PointCost: dec("0.003"), Rules: []string{"book", "spring"}, Per: rules.Per(calendar.Month)},
		}
		halve := rapid.Bool().Draw(t, "halve")
		w := reviewed(t, def, func(p loyalty.Proposal) (list []loyalty.Revision) {
			for i, a := range p.Awards {
				if halve && a.Rule == "double" {
					list = append(list, loyalty.Revision{Award: i, Points: a.Points / 2, Reason: "half"})
				}
			}
			return list
		})
		members := []string{"a", "b", "c"}
		for _, m := range members {
			w.join(m, "")
		}
		left := map[string]map[string]decimal.Decimal{}
		owner := map[string]string{}
		var orders []string
		spent := rules.Funds{}
		for i := range rapid.IntRange(1, 8).Draw(t, "steps") {
			if len(orders) > 0 && rapid.IntRange(0, 2).Draw(t, "what") == 0 {
				o := rapid.SampledFrom(orders).Draw(t, "order")
				if back := drawReturn(t, o, left[o]); len(back.Lines) > 0 {
					w.process(loyalty.Event{ID: fmt.Sprint("back ", i), Type: loyalty.TypeRefund, Member: owner[o], Refund: back})
				}
				continue
			}
			o := drawOrder(t, fmt.Sprint("o", i))
			e := loyalty.Event{ID: o.ID, Type: loyalty.TypeOrder, Member: rapid.SampledFrom(members).Draw(t, "member"), Time: w.now, Order: o}
			quote, err := w.program.Quote(context.Background(), e)
			if err != nil {
				t.Fatal(err)
			}
			r := w.process(e)
			w.equal("quote", quote, r, cmpopts.IgnoreFields(loyalty.Result{}, "Trace", "PassedOver"))
			spent = spent.Take(r.Awards)
			for _, tr := range quote.Trace {
				for _, c := range tr.Cuts {
					if c.Budget == "bonus" && !halve && w.budgets()["budget/bonus/ever"].Left.Points > 0 {
						t.Fatalf("%s was cut by %d, and %d are left", tr.Rule, c.Points, w.budgets()["budget/bonus/ever"].Left.Points)
					}
				}
			}
			orders, owner[o.ID], left[o.ID] = append(orders, o.ID), e.Member, quantities(o)
			w.now = w.now.Add(24 * time.Hour)
		}
		w.audited("budget/bonus/ever", ofPoints)
		for key, b := range w.budgets() {
			if b.Left.Points < 0 || b.Left.Money.Sign() < 0 {
				t.Fatalf("%s: %+v", key, b)
			}
		}
		for _, o := range orders {
			for _, q := range left[o] {
				if q.Sign() > 0 {
					w.process(loyalty.Event{ID: "rest of " + o, Type: loyalty.TypeRefund, Member: owner[o], Refund: &loyalty.Refund{Order: o}})
					break
				}
			}
		}
		for key, b := range w.budgets() {
			if b.Spent.Points != 0 || b.Spent.Money.Sign() != 0 {
				t.Fatalf("all has come back, but %s has spent %+v", key, b.Spent)
			}
		}
		w.audited("budget/bonus/ever", ofPoints)
	})
}
