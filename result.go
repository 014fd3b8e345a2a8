package loyalty

import (
	"fmt"
	"strings"

	"github.com/loyaltykit/loyalty/ledger"
	"github.com/loyaltykit/loyalty/rules"
	"github.com/loyaltykit/loyalty/tier"
)

// Result is what became of an event.
type Result struct {
	Event    string
	Member   string
	Replayed bool          // the event had been processed before: this is what became of it then
	Awards   []rules.Award // what was earned, by which rule, on which line
	Taken    []rules.Award // what a refund took back of the order's awards; points are positive
	Spent    int64         // points that paid for the order
	Returned int64         // spent points that a refund gave back
	// Cuts are what limits, caps and budgets took off the awards; nil for nothing. See rules.Result.
	Cuts    []rules.AwardCut
	Tier    *tier.Change  // nil when the member stays where they are
	Reviews []Review      // what Config.Review changed of the awards, and why
	Trace   []rules.Trace // why each rule gave something or not; only from Quote
	// PassedOver is how many rules of the event's type Trace says nothing of: they ask for goods, or
	// members, that are not the event's.
	PassedOver int
	// Faults are rules whose expression failed. They gave nothing; the host should look into each.
	// The event sent again does not tell of them.
	Faults []rules.Fault
	// Referral is what the event came to for whoever invited the member; nil for nothing.
	Referral *Referred
	// Balances are the member's balances now, by unit.
	Balances []ledger.Balance
}

// Earned is the sum of the awards in a unit, less what was taken back.
func (r *Result) Earned(unit string) int64 {
	var n int64
	for _, a := range r.Awards {
		if a.Unit == unit {
			n += a.Points
		}
	}
	for _, a := range r.Taken {
		if a.Unit == unit {
			n -= a.Points
		}
	}
	return n
}

// Explain says in plain sentences what each rule gave and, after a Quote, why
// the others did not.
func (r *Result) Explain() string {
	var b strings.Builder
	if len(r.Taken) == 0 && r.Returned == 0 { // no rule awards a refund
		b.WriteString(rules.Result{Awards: r.Awards, Trace: r.Trace, PassedOver: r.PassedOver, Faults: r.Faults, Cuts: r.Cuts}.Explain())
	}
	for _, review := range r.Reviews {
		fmt.Fprintln(&b, review)
	}
	for i := range r.Taken {
		explainTaken(&b, &r.Taken[i], "")
	}
	if r.Spent > 0 {
		fmt.Fprintf(&b, "%d points paid for the order.\n", r.Spent)
	}
	if r.Returned > 0 {
		fmt.Fprintf(&b, "%d spent points came back.\n", r.Returned)
	}
	if r.Tier != nil {
		fmt.Fprintf(&b, "The member moved from %s to %s.\n", r.Tier.From, r.Tier.To)
	}
	if r.Referral != nil {
		r.Referral.explain(&b)
	}
	return b.String()
}

// explainTaken tells what a refund takes back; of says whose it was.
func explainTaken(b *strings.Builder, a *rules.Award, of string) {
	if a.Points > 0 {
		fmt.Fprintf(b, "%q takes back %d %s%s.\n", a.Rule, a.Points, a.Unit, of)
	}
	for _, o := range a.Outcomes {
		switch {
		case o.Kind == rules.OutcomeCommission:
			fmt.Fprintf(b, "%q takes back a commission of %s%s.\n", a.Rule, o.Amount, of)
		case o.Reference != "":
			fmt.Fprintf(b, "%q takes back %d × %s %s%s.\n", a.Rule, o.Quantity, o.Kind, o.Reference, of)
		default:
			fmt.Fprintf(b, "%q takes back %d × %s%s.\n", a.Rule, o.Quantity, o.Kind, of)
		}
	}
}
