package loyalty_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/loyaltykit/loyalty"
	"github.com/loyaltykit/loyalty/cost"
	"github.com/loyaltykit/loyalty/ledger"
	"github.com/loyaltykit/loyalty/ledger/memory"
	"github.com/loyaltykit/loyalty/rules"
	"github.com/shopspring/decimal"
)

func each(steps []loyalty.Step) iter.Seq2[loyalty.Step, error] {
	return func(yield func(loyalty.Step, error) bool) {
		for _, st := range steps {
			if !yield(st, nil) {
				return
			}
		}
	}
}

// chronicle is a live programme's history, written down as it happens.
type chronicle struct {
	*world
	rand  *rand.Rand
	steps []loyalty.Step
	// open are the orders of each member with what is left of them.
	open map[string][]*rules.Order
	left map[string]map[string]decimal.Decimal
	n    int
}

func (c *chronicle) event(e loyalty.Event) {
	r, err := c.program.Process(context.Background(), e)
	if err != nil {
		c.Fatalf("%s of %s: %v", e.ID, e.Member, err)
	}
	st := loyalty.Step{Event: &e, At: c.now}
	if !r.Replayed {
		earned := r.Earned("points")
		if r.Referral != nil {
			other := loyalty.Result{Awards: r.Referral.Awards, Taken: r.Referral.Taken}
			earned += other.Earned("points")
		}
		st.Recorded = &earned
	}
	c.steps = append(c.steps, st)
}

func (c *chronicle) order(member string) {
	o := &rules.Order{ID: fmt.Sprint("o-", c.n)}
	for i := range 1 + c.rand.IntN(3) {
		l := rules.Line{
			ID: fmt.Sprint(i + 1), Category: []string{"garden/tools", "books", "kitchen"}[c.rand.IntN(3)],
			Quantity: decimal.NewFromInt(1 + c.rand.Int64N(4)), Amount: decimal.New(c.rand.Int64N(12_000), -2),
		}
		o.Lines = append(o.Lines, l)
		o.Total = o.Total.Add(l.Amount)
	}
	e := loyalty.Event{ID: o.ID, Type: loyalty.TypeOrder, Member: member, Order: o, Time: c.now}
	switch has := c.balance(member).Available; {
	case has > 0 && c.rand.IntN(4) == 0:
		e.Spend = &loyalty.Spend{Points: 1 + c.rand.Int64N(has)}
	case c.rand.IntN(4) == 0:
		e.Time = c.now.Add(-time.Duration(c.rand.IntN(20*24)) * time.Hour)
	}
	c.event(e)
	c.open[member] = append(c.open[member], o)
	c.left[o.ID] = quantities(o)
}

func (c *chronicle) refund(member string) {
	if len(c.open[member]) == 0 {
		return
	}
	o := c.open[member][c.rand.IntN(len(c.open[member]))]
	r := &loyalty.Refund{Order: o.ID}
	for _, l := range o.Lines {
		if left := c.left[o.ID][l.ID]; left.Sign() > 0 && c.rand.IntN(2) == 0 {
			r.Lines = append(r.Lines, loyalty.ReturnLine{Line: l.ID, Quantity: decimal.NewFromInt(1)})
			c.left[o.ID][l.ID] = left.Sub(decimal.NewFromInt(1))
		}
	}
	if len(r.Lines) > 0 {
		c.event(loyalty.Event{ID: fmt.Sprint("back-", c.n), Type: loyalty.TypeRefund, Member: member, Refund: r, Time: c.now})
	}
}

func (c *chronicle) redeem(member string) {
	has := c.balance(member).Available
	if has == 0 {
		return
	}
	r := loyalty.Redemption{ID: fmt.Sprint("r-", c.n), Member: member, Points: 1 + c.rand.Int64N(has)}
	if _, err := c.program.Redeem(context.Background(), r); err != nil {
		c.Fatalf("%v", err)
	}
	c.steps = append(c.steps, loyalty.Step{Redemption: &r, At: c.now})
}

// chronicles is two years of a live shop, with messages that come late or twice, inviters, returns and spent points.
func chronicles(t *testing.T, def loyalty.Definition, events int) *chronicle {
	c := &chronicle{world: newWorld(t, def), rand: rand.New(rand.NewPCG(1, uint64(events))), open: map[string][]*rules.Order{}, left: map[string]map[string]decimal.Decimal{}}
	var members []string
	for len(c.steps) < events {
		c.n++
		c.now = c.now.Add(time.Duration(c.rand.IntN(2*365*24*60*2/events)) * time.Minute)
		if len(members) < 2 || c.rand.IntN(events/40) == 0 {
			e := loyalty.Event{ID: "join", Type: loyalty.TypeSignUp, Member: fmt.Sprint("m-", c.n), Time: c.now}
			if def.Referral != nil && len(members) > 0 && c.rand.IntN(2) == 0 {
				e.Inviter = members[c.rand.IntN(len(members))]
			}
			c.event(e)
			members = append(members, e.Member)
			continue
		}
		m := members[c.rand.IntN(len(members))]
		switch c.rand.IntN(12) {
		default:
			c.order(m)
		case 0, 1:
			c.refund(m)
		case 2, 3:
			c.event(loyalty.Event{ID: fmt.Sprint("in-", c.n), Type: loyalty.TypeCheckIn, Member: m, Time: c.now})
		case 4, 5:
			c.redeem(m)
		case 6:
			if st := c.steps[c.rand.IntN(len(c.steps))]; st.Event != nil {
				c.event(*st.Event)
			}
		case 7:
			if _, err := c.program.Sweep(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
	}
	return c
}

// totals are what the postings of all members come to, without the help of package cost.
func (c *chronicle) totals() (issued, redeemed, expired, outstanding int64) {
	for _, owner := range c.store.Owners() {
		for _, tx := range c.history(owner) {
			for _, p := range tx.Postings {
				if p.Unit != "points" {
					continue
				}
				n := p.Net(owner)
				outstanding += n
				switch p.From.Flow + p.To.Flow {
				case ledger.FlowIssued:
					issued += n
				case ledger.FlowRedeemed:
					redeemed -= n
				case ledger.FlowExpired:
					expired -= n
				}
			}
		}
	}
	return issued, redeemed, expired, outstanding
}

var what = cost.Plan{PerPoint: dec("0.008"), Margin: dec("0.3")}

// TestCompareZeroChange: the present programme, run over what really happened, comes to what really happened, point for
// point; and against itself nobody wins or loses.
func TestCompareZeroChange(t *testing.T) {
	budgeted := friends(loyalty.Referral{})
	budgeted.Rules.Budgets = []rules.Budget{{ID: "all", Rules: []string{"big"}, Points: 700}}
	for _, c := range []struct {
		name   string
		def    loyalty.Definition
		events int
	}{
		{"shop", shop(), 3000}, {"friends", friends(loyalty.Referral{}), 1000}, {"idle", idle(60), 1000}, {"budget", budgeted, 500},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx := context.Background()
			live := chronicles(t, c.def, c.events)
			now, planned := simulated(t, c.def), simulated(t, c.def)
			got, err := loyalty.Compare(ctx, what, now, planned, each(live.steps))
			if err != nil {
				t.Fatal(err)
			}
			if got.Diverged != 0 || got.ShortNow != 0 || !got.ExtraCost.IsZero() || !got.BreakEven.IsZero() {
				t.Errorf("%+v", got)
			}
			for _, tier := range got.Tiers {
				if tier.Winners+tier.Losers != 0 || tier.Now != tier.Planned {
					t.Errorf("%+v", tier)
				}
			}
			if diff := cmp.Diff(got.Now, got.Planned, cmp.Comparer(decimal.Decimal.Equal)); diff != "" {
				t.Error(diff)
			}
			for _, p := range []*loyalty.Program{live.program, now.Program()} { // live was not swept as often
				if _, err := p.Sweep(ctx); err != nil {
					t.Fatal(err)
				}
			}
			books := simulatedBooks(t, now, live.store.Owners())
			for _, owner := range live.store.Owners() {
				want, got := live.record(owner), books[owner]
				live.equal("accounts of "+owner, want.Accounts, got.Accounts)
				for name, doc := range documents(want) {
					if name != "usage" { // which forgets when it is written to
						live.equal("document "+name+" of "+owner, doc, documents(got)[name])
					}
				}
			}
			issued, redeemed, expired, outstanding := live.totals()
			side := cost.Side{Issued: issued, Redeemed: redeemed, Expired: expired}
			live.equal("totals", side, got.Now, cmpopts.IgnoreFields(cost.Side{}, "Cost", "Ratio", "Defined", "Within", "Liability"))
			var out int64
			for _, cohort := range got.Cohorts {
				out += cohort.OutNow
			}
			if out != outstanding || redeemed == 0 || expired == 0 {
				t.Errorf("%d outstanding by cohort, %d in the books; redeemed %d, expired %d", out, outstanding, redeemed, expired)
			}
		})
	}
}

// TestCompareTellsAnotherHistory: a programme that is not the one of the day is found out, event by event; a stingier one leaves
// members short, and their tier is the one they hold under the first.
func TestCompareTellsAnotherHistory(t *testing.T) {
	live := chronicles(t, shop(), 200)
	stingy := shop()
	stingy.Rules.Rules[0].Effect.Per = dec("2.00")
	got, err := loyalty.Compare(context.Background(), what, simulated(t, stingy), simulated(t, stingy), each(live.steps))
	if err != nil {
		t.Fatal(err)
	}
	if got.Diverged == 0 || got.ShortNow == 0 || got.ShortNow != got.ShortPlanned {
		t.Errorf("diverged %d, short %d and %d", got.Diverged, got.ShortNow, got.ShortPlanned)
	}
	got, err = loyalty.Compare(context.Background(), what, simulated(t, shop()), simulated(t, stingy), each(live.steps))
	if err != nil {
		t.Fatal(err)
	}
	var members, losers int64
	for _, tier := range got.Tiers {
		members, losers = members+tier.Members, losers+tier.Losers
	}
	if got.Diverged != 0 || got.ShortNow != 0 || got.ShortPlanned == 0 || !got.ExtraCost.IsNegative() || losers == 0 || losers > members || len(got.Tiers) < 2 {
		t.Errorf("%s\nshort %d and %d", got, got.ShortNow, got.ShortPlanned)
	}
}

func simulated(t testing.TB, def loyalty.Definition) *loyalty.Simulation {
	t.Helper()
	s, err := loyalty.NewSimulation(loyalty.Config{Program: def})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func simulatedBooks(t *testing.T, s *loyalty.Simulation, owners []string) map[string]ledger.Record {
	t.Helper()
	snap, err := s.Program().Ledger().Load(context.Background(), owners, nil)
	if err != nil {
		t.Fatal(err)
	}
	records := map[string]ledger.Record{}
	for _, r := range snap.Records {
		records[r.Owner] = r
	}
	return records
}

func spending(id string, points int64, at time.Time) loyalty.Step {
	return loyalty.Step{Redemption: &loyalty.Redemption{ID: id, Member: "m", Points: points}, At: at}
}

func ordering(id, amount string, at time.Time) loyalty.Step {
	return loyalty.Step{Event: &loyalty.Event{ID: id, Type: loyalty.TypeOrder, Member: "m", Order: oneLine(id, amount, 2), Time: at}}
}

// TestSimulate: what a programme comes to, with what time does in between.
func TestSimulate(t *testing.T) {
	def := rate(1, "")
	def.OpenEnrolment, def.Clawback = true, ledger.Reject
	def.Validity.Days = 30
	refund := loyalty.Step{Event: &loyalty.Event{ID: "back", Type: loyalty.TypeRefund, Member: "m", Time: newYear.AddDate(0, 0, 5), Refund: &loyalty.Refund{
		Order: "a", Lines: []loyalty.ReturnLine{{Line: "1", Quantity: dec("1")}},
	}}}
	withHold := ordering("c", "20", newYear.AddDate(0, 0, 6))
	withHold.Event.Spend = &loyalty.Spend{Hold: "h", Points: 50}
	given := dec("7.50")
	steps := []loyalty.Step{
		ordering("a", "100", newYear),
		spending("1", 130, newYear.AddDate(0, 0, 1)), // 100 are there
		spending("2", 10, newYear.AddDate(0, 0, 2)),  // none is
		{Event: ordering("a", "100", newYear).Event, At: newYear.AddDate(0, 0, 3)},
		refund,   // 50 are owed
		withHold, // 50 are spent that are not there; 20 of the debt are paid
		{Event: ordering("b", "80", time.Time{}).Event, At: newYear.AddDate(0, 0, 10), Revenue: &given},    // 30 more, 50 are left
		{Event: &loyalty.Event{ID: "other", Type: "look", Member: "other"}, At: newYear.AddDate(0, 0, 60)}, // and have expired
	}
	got, err := loyalty.Simulate(context.Background(), def, each(steps))
	if err != nil {
		t.Fatal(err)
	}
	want := loyalty.Simulated{
		Steps: 8, Members: 2, Revenue: dec("77.5"), // 100 − 50 + 20 + 7.50
		Issued: 150, Redeemed: 100, Expired: 50, Outstanding: 0, Short: 30 + 10 + 50,
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(loyalty.Simulated{}, "History")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	tri, err := got.History.Triangle(newYear.AddDate(0, 3, 0))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(int64(150), tri.Rows[0].Issued); diff != "" || len(tri.Rows) != 1 {
		t.Errorf("%+v", tri.Rows)
	}
}

// TestSimulateGoesOnFromBooks: a history that does not begin with the shop begins with what there was.
func TestSimulateGoesOnFromBooks(t *testing.T) {
	w := newWorld(t, rate(1, ""))
	w.process(loyalty.Event{ID: "join", Type: loyalty.TypeSignUp, Member: "m"})
	w.process(*ordering("a", "100", newYear).Event)
	s, err := loyalty.NewSimulation(loyalty.Config{Program: rate(2, ""), Store: w.store})
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.Run(context.Background(), each([]loyalty.Step{ordering("b", "10", newYear.AddDate(0, 0, 1)), spending("1", 115, newYear.AddDate(0, 0, 1))}))
	if err != nil {
		t.Fatal(err)
	}
	w.equal("issued, redeemed, short", []int64{20, 115, 0}, []int64{got.Issued, got.Redeemed, s.Short()})
}

// TestSimulateNamesTheStep: whatever ends a simulation says at which step.
func TestSimulateNamesTheStep(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	broken := errors.New("the file is broken")
	good := ordering("a", "100", newYear)
	run := func(ctx context.Context, steps iter.Seq2[loyalty.Step, error]) (error, error) {
		def := rate(1, "")
		def.OpenEnrolment = true
		_, err := loyalty.Simulate(ctx, def, steps)
		_, err2 := loyalty.Compare(ctx, what, simulated(t, def), simulated(t, def), steps)
		return err, err2
	}
	for _, c := range []struct {
		rule  string
		steps iter.Seq2[loyalty.Step, error]
		is    error
		says  []string
	}{
		{"a step has something", each([]loyalty.Step{good, {At: newYear}}), loyalty.ErrInvalid, []string{"1", "either an event or a redemption"}},
		{"not two things", each([]loyalty.Step{good, {At: newYear, Event: good.Event, Redemption: &loyalty.Redemption{}}}), loyalty.ErrInvalid, []string{"either"}},
		{"and a time", each([]loyalty.Step{good, spending("r", 1, time.Time{})}), loyalty.ErrInvalid, []string{"1", `"r"`, "at"}},
		{"in order", each([]loyalty.Step{good, ordering("b", "1", newYear.Add(-time.Hour))}), nil, []string{"1", `"b"`, "before the"}},
		{"what is refused is named", each([]loyalty.Step{good, ordering("c", "-1", newYear)}), loyalty.ErrInvalid, []string{"1", `"c"`, "order.lines[0].amount"}},
		{"so is who is no member", each([]loyalty.Step{spending("r", 1, newYear)}), loyalty.ErrUnknownMember, []string{"0", `"r"`}},
		{"and points that are none", each([]loyalty.Step{good, spending("r", 0, newYear)}), ledger.ErrInvalid, []string{"1", `"r"`, "points"}},
		{"a hold of unknown size", each([]loyalty.Step{good, {At: newYear, Event: &loyalty.Event{
			ID: "d", Member: "m", Type: loyalty.TypeOrder, Order: oneLine("d", "1", 1), Spend: &loyalty.Spend{Hold: "h"},
		}}}), loyalty.ErrInvalid, []string{"1", `"d"`, "event.spend.points"}},
		{"the reader's own error", func(yield func(loyalty.Step, error) bool) {
			_ = yield(good, nil) && yield(loyalty.Step{}, broken)
		}, broken, []string{"1"}},
		{"there are steps", nil, nil, []string{"are missing"}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			err, err2 := run(ctx, c.steps)
			for _, err := range []error{err, err2} {
				if err == nil || c.is != nil && !errors.Is(err, c.is) {
					t.Fatalf("got %v", err)
				}
				contains(t, err.Error(), c.says...)
			}
		})
	}
	n := 0
	endless := func(yield func(loyalty.Step, error) bool) {
		for {
			if n++; n == 10 {
				cancel()
			}
			if !yield(ordering(fmt.Sprint(n), "1", newYear), nil) {
				return
			}
		}
	}
	if err, _ := run(ctx, endless); !errors.Is(err, context.Canceled) || n > 12 {
		t.Errorf("after %d steps: %v", n, err)
	}
}

// TestBadSimulation: what cannot be simulated is refused.
func TestBadSimulation(t *testing.T) {
	live := struct{ *memory.Store }{memory.New()} // stands for a database
	if _, err := loyalty.NewSimulation(loyalty.Config{Store: live}); !errors.Is(err, loyalty.ErrInvalid) {
		t.Errorf("a simulation on a live store: %v", err)
	}
	if _, err := loyalty.Simulate(context.Background(), loyalty.Definition{Zone: "Nowhere"}, each(nil)); !errors.Is(err, loyalty.ErrInvalid) {
		t.Errorf("got %v", err)
	}
	one, store := simulated(t, shop()), memory.New()
	var same []*loyalty.Simulation
	for range 2 {
		s, err := loyalty.NewSimulation(loyalty.Config{Store: store})
		if err != nil {
			t.Fatal(err)
		}
		same = append(same, s)
	}
	for _, pair := range [][]*loyalty.Simulation{{one, one}, {one, nil}, {nil, one}, same} {
		if _, err := loyalty.Compare(context.Background(), what, pair[0], pair[1], each(nil)); !errors.Is(err, loyalty.ErrInvalid) {
			t.Errorf("got %v", err)
		}
	}
	if _, err := one.Replay(context.Background(), cost.Event{At: newYear, Data: 7}); !errors.Is(err, loyalty.ErrInvalid) {
		t.Errorf("got %v", err)
	}
}

// BenchmarkCompare is what one step costs under two programmes; beside it, one Process of the same order.
func BenchmarkCompare(b *testing.B) {
	steps := func(n int) iter.Seq2[loyalty.Step, error] {
		return func(yield func(loyalty.Step, error) bool) {
			for i := range n {
				o := fiveLines(fmt.Sprint("o-", i))
				at := newYear.Add(time.Duration(i) * time.Minute)
				e := &loyalty.Event{ID: o.ID, Type: loyalty.TypeOrder, Member: fmt.Sprint("m-", i%1000), Order: o, Time: at}
				if !yield(loyalty.Step{Event: e}, nil) {
					return
				}
			}
		}
	}
	def := fiftyRules()
	def.OpenEnrolment = true
	b.ReportAllocs()
	if _, err := loyalty.Compare(context.Background(), what, simulated(b, def), simulated(b, def), steps(b.N)); err != nil {
		b.Fatal(err)
	}
}
