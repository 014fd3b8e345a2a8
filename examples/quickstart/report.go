package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/loyaltykit/loyalty"
	"github.com/shopspring/decimal"
)

// worth is Program.Worth.
type worth func(points int64) decimal.Decimal

// tierRow is one line of the members by tier.
type tierRow struct {
	name       string
	threshold  int64
	multiplier decimal.Decimal
	members    int
	points     int64 // available
}

func membersByTier(ctx context.Context, y *year, ids []string) ([]tierRow, error) {
	index := map[string]int{}
	var rows []tierRow
	for i, t := range y.def.Tiers.Tiers {
		index[t.ID] = i
		rows = append(rows, tierRow{name: t.Name, threshold: t.Threshold, multiplier: decimal.Max(t.Multiplier, decimal.NewFromInt(1))})
	}
	for _, id := range ids {
		m, err := y.program.Member(ctx, id)
		if err != nil {
			return nil, err
		}
		r := &rows[index[m.Tier.Tier.ID]]
		r.members++
		r.points += m.Balance.Available
	}
	return rows, nil
}

// write writes the whole report.
func (f *findings) write(out io.Writer) error {
	for _, section := range []func(io.Writer) error{
		f.writeHead, f.writeRead, f.writePlayed, f.writePoints, f.writeTiers, f.writeRules, f.writeFacts,
		f.writeMember, f.writeRefusals, f.writeRun, f.writeProof,
	} {
		if err := section(out); err != nil {
			return err
		}
	}
	return nil
}

func heading(out io.Writer, title string) {
	fmt.Fprintf(out, "\n%s\n%s\n", title, strings.Repeat("-", len(title)))
}

func (f *findings) writeHead(out io.Writer) error {
	_, err := fmt.Fprintf(out, "A year of orders through a loyalty programme\n%s\n", strings.Repeat("=", 44))
	return err
}

func (f *findings) writeRead(out io.Writer) error {
	in := f.intake
	title := "Read from " + f.source
	if f.into != "" {
		title += " into " + f.into
	}
	heading(out, title)
	t := table{align: "lrl"}
	t.row("rows", thousands(in.rows))
	left := 0
	for _, n := range in.leftOut {
		left += n
	}
	t.row("left out", thousands(left))
	for _, reason := range in.leftOut.reasons() {
		t.row("", thousands(in.leftOut[reason]), reason)
	}
	t.row("bad lines", thousands(in.bad))
	t.row("customers", thousands(in.orders.customers()))
	if err := t.write(out); err != nil {
		return err
	}
	for _, b := range in.badHead {
		fmt.Fprintf(out, "  line %d: %s\n", b.number, b.reason)
	}
	if more := in.bad - len(in.badHead); more > 0 {
		fmt.Fprintf(out, "  and %s more\n", thousands(more))
	}
	return nil
}

func (f *findings) writePlayed(out io.Writer) error {
	p := f.played
	heading(out, "What happened, in GBP")
	t := table{align: "lrrl"}
	t.row("orders", thousands(p.orders), pounds(p.orderMoney), fmt.Sprintf("of %s lines", thousands(p.orderLines)))
	t.row("refunds", thousands(p.refunds), pounds(p.refundMoney),
		fmt.Sprintf("from %s cancellations of %s lines", thousands(p.cancellations), thousands(p.cancelledLines)))
	t.row("not matched", thousands(p.lostLines), pounds(p.lostMoney),
		fmt.Sprintf("cancelled lines, %s pieces: no earlier order has them", thousands(p.lostPieces)))
	t.row("sign-ups", thousands(p.signUps), "", "each just before the first order")
	t.row("paid with points", thousands(p.payments), "", fmt.Sprintf("orders, in part; %s of them by way of a hold", thousands(p.holds)))
	t.row("daily sweeps", thousands(p.sweeps), "", fmt.Sprintf("expiries they recorded: %s", thousands(f.audit.sums.expiries)))
	if err := t.write(out); err != nil {
		return err
	}
	if p.closed.IsZero() {
		return nil
	}
	_, err := fmt.Fprintf(out, "\n  After the last order the clock runs on, without a sale, to %s,\n"+
		"  the end of the year. There the books are closed.\n", p.closed.Format("2006-01-02 15:04"))
	return err
}

func (f *findings) writePoints(out io.Writer) error {
	s := f.audit.sums
	heading(out, "Points, and what they are worth in GBP")
	t := table{align: "lrr"}
	row := func(what string, n int64) { t.row(what, thousands(n), pounds(f.worth(n))) }
	row("issued", s.issued)
	row("taken back by refunds", -s.takenBack)
	row("not collected", s.uncollected)
	row("redeemed", -s.redeemed)
	row("returned by refunds", s.returned)
	row("expired", -s.expired)
	row("outstanding", s.outstanding())
	row("  available", s.available)
	row("  held at a checkout", s.held)
	row("  owed by members", -s.owed)
	return t.write(out)
}

func (f *findings) writeTiers(out io.Writer) error {
	heading(out, "Members by tier")
	t := table{align: "lrrrrr"}
	t.row("tier", "from", "earns", "members", "share", "available")
	all := int64(f.audit.sums.members)
	for _, r := range f.tiers {
		t.row(r.name, thousands(r.threshold), "x"+r.multiplier.String(), thousands(r.members),
			percent(int64(r.members), all), thousands(r.points))
	}
	return t.write(out)
}

func (f *findings) writeRules(out io.Writer) error {
	heading(out, "Points by rule")
	t := table{align: "lrrrrl"}
	t.row("rule", "times", "awarded", "taken back", "net", "what it is")
	by := f.audit.sums.byRule
	for _, id := range slices.Sorted(maps.Keys(by)) {
		r := by[id]
		t.row(id, thousands(r.times), thousands(r.awarded), thousands(r.takenBk), thousands(r.awarded-r.takenBk), f.rules[id])
	}
	return t.write(out)
}

// ruleNames says what each rule is, by the id under which it awards.
func ruleNames(def loyalty.Definition) map[string]string {
	names := map[string]string{}
	for _, r := range def.Rules.Rules {
		names[r.ID] = r.Name
	}
	for _, t := range def.Tiers.Tiers {
		names[loyalty.TierRule(t.ID)] = fmt.Sprintf("what %s adds by x%s", t.Name, t.Multiplier)
	}
	return names
}

func (f *findings) writeFacts(out io.Writer) error {
	s, p := f.audit.sums, f.played
	heading(out, "Worth knowing")
	members := int64(s.members)
	t := table{align: "rl"}
	t.row(percent(int64(s.redeemer), members), "of the members have paid with points")
	sales := p.orderMoney.Sub(p.refundMoney)
	if cost := f.worth(s.issued - s.takenBack); sales.Sign() > 0 {
		t.row(cost.Mul(decimal.NewFromInt(100)).DivRound(sales, 1).StringFixed(1)+" %", "of what was sold and kept came back as points")
	}
	t.row(percent(s.redeemed-s.returned, s.issued-s.takenBack), "of the points kept have been spent; "+
		percent(s.expired, s.issued-s.takenBack)+" have expired")
	t.row(thousands(p.rises), "times a member rose in tier by an order")
	capped := map[string]bool{}
	for m := range f.cap.hit {
		capped[m.member] = true
	}
	t.row(thousands(len(f.cap.hit)), fmt.Sprintf("times a member reached the cap of %s points a month (%s members)",
		thousands(f.cap.points), thousands(len(capped))))
	t.row(thousands(s.debtors), "members came to owe points, by returning goods whose points were spent")
	return t.write(out)
}

func (f *findings) writeMember(out io.Writer) error {
	if f.member == nil {
		return nil
	}
	m := &f.member.member
	heading(out, "Statement of member "+m.ID)
	fmt.Fprintf(out, "  joined %s; %s orders kept; %s at the closing of the books\n", m.Joined, thousands(m.Orders), m.Tier.Tier.Name)
	fmt.Fprintf(out, "  %s points available, worth %s\n", thousands(m.Balance.Available), pounds(m.Worth))
	if !m.Balance.NextExpiry.IsZero() {
		fmt.Fprintf(out, "  next to expire: %s points on %s\n", thousands(m.Balance.NextExpiring),
			m.Balance.NextExpiry.Add(-time.Second).In(f.member.zone).Format("2006-01-02"))
	}
	if _, err := fmt.Fprintln(out); err != nil {
		return err
	}
	return f.member.write(out)
}

func (f *findings) writeRefusals(out io.Writer) error {
	if len(f.played.refusals) == 0 {
		return nil
	}
	heading(out, "Refused")
	t := table{align: "rll"}
	for _, r := range f.played.refusals {
		t.row(thousands(r.count), r.kind, "such as: "+r.example)
	}
	return t.write(out)
}

// writeRun tells what differs from run to run.
func (f *findings) writeRun(out io.Writer) error {
	heading(out, "This run")
	seconds := func(d time.Duration) string { return fmt.Sprintf("%.2f s", d.Seconds()) }
	t := table{align: "lrl"}
	t.row("new", thousands(f.played.events-f.played.repeated), "events")
	t.row("repeated", thousands(f.played.repeated), "events that were in the books already: none counts twice")
	t.row("reading", seconds(f.reading), "the file, into orders")
	rate := ""
	if s := f.played.engine.Seconds(); s > 0 {
		rate = fmt.Sprintf("%s events, %s a second", thousands(f.played.events), thousands(int64(float64(f.played.events)/s)))
	}
	t.row("engine", seconds(f.played.engine), rate)
	t.row("proof", seconds(f.proving), fmt.Sprintf("%s transactions, %s postings", thousands(f.audit.sums.transactions), thousands(f.audit.sums.postings)))
	t.row("in all", seconds(f.wall))
	return t.write(out)
}

func (f *findings) writeProof(out io.Writer) error {
	heading(out, "Proof")
	for _, c := range f.audit.checks() {
		if c.failed == 0 {
			fmt.Fprintf(out, "  ok      %s\n", c.what)
			continue
		}
		fmt.Fprintf(out, "  FAILED  %s, %s times\n", c.what, thousands(c.failed))
		for _, fault := range c.faults {
			fmt.Fprintf(out, "          %s\n", fault)
		}
	}
	return nil
}
