package loyalty

import (
	"encoding/json"
	"fmt"
	"math/bits"
	"time"

	"github.com/loyaltykit/loyalty/ledger"
	"github.com/loyaltykit/loyalty/rules"
	"github.com/loyaltykit/loyalty/tier"
	"github.com/shopspring/decimal"
)

// outcome is what a transaction's Details remember of an event: enough to give
// the same Result again, and to return any part of an order later.
type outcome struct {
	Type     string           `json:"type"`
	Stood    string           `json:"stood,omitempty"`  // the tier by which rules went
	Nth      int              `json:"nth,omitempty"`    // orders before this one
	Lines    []string         `json:"lines,omitempty"`  // ids, in the order's sequence
	Bought   []int64          `json:"bought,omitempty"` // quantities in millionths, beside Lines
	Awards   []award          `json:"awards,omitempty"`
	Taken    []award          `json:"taken,omitempty"`
	Spent    []int64          `json:"spent,omitempty"` // points that paid, by line
	Returned int64            `json:"returned,omitempty"`
	Tier     *tier.Change     `json:"tier,omitempty"`
	Reviews  []Review         `json:"reviews,omitempty"`
	Cuts     []rules.AwardCut `json:"cuts,omitempty"`
	Referral *referred        `json:"referral,omitempty"`
}

// award is a rules.Award, its shares beside the lines they fall on.
type award struct {
	Rule          string          `json:"rule"`
	Unit          string          `json:"unit,omitempty"` // "" is the programme's
	Phase         rules.Phase     `json:"phase"`
	Points        int64           `json:"points"`
	NonQualifying bool            `json:"nq,omitempty"`
	Terms         *rules.Terms    `json:"terms,omitempty"` // nil: the programme's
	At            []int           `json:"at,omitempty"`    // the lines it falls on; nil: all of them
	Shares        []int64         `json:"shares,omitempty"`
	Carry         []int64         `json:"carry,omitempty"` // in millionths, beside Shares; nil: none
	Money         []int64         `json:"money,omitempty"` // likewise
	Outcomes      []rules.Outcome `json:"outcomes,omitempty"`
	Drawn         *rules.Drawn    `json:"drawn,omitempty"`
	Spends        []rules.Spend   `json:"spends,omitempty"`
	Counters      []rules.Counter `json:"counters,omitempty"`
}

func (p *programme) fold(awards []rules.Award, lines []string) []award {
	out := make([]award, len(awards))
	for i := range awards {
		a := &awards[i]
		out[i] = award{
			Rule: a.Rule, Phase: a.Phase, Points: a.Points, NonQualifying: !a.Qualifying, Counters: a.Counters,
			Outcomes: a.Outcomes, Drawn: a.Drawn, Spends: a.Spends,
		}
		if a.Unit != p.def.Unit {
			out[i].Unit = a.Unit
		}
		if !a.Terms.IsZero() {
			out[i].Terms = &a.Terms
		}
		out[i].spread(a.Lines, lines)
	}
	return out
}

// spread notes the shares of an award, which come in the sequence of the lines.
func (a *award) spread(shares []rules.Share, lines []string) {
	if len(shares) == 0 {
		return
	}
	if len(shares) < len(lines) {
		a.At = make([]int, 0, len(shares))
	}
	a.Shares = make([]int64, len(shares))
	at := 0
	for i := range shares {
		s := &shares[i]
		for lines[at] != s.Line {
			at++
		}
		if a.At != nil {
			a.At = append(a.At, at)
		}
		a.Shares[i] = s.Points
		note(&a.Carry, s.Carry, i, len(shares))
		note(&a.Money, s.Money, i, len(shares))
	}
}

// note puts an amount in millionths into a list that is nil as long as there is none.
func note(list *[]int64, d decimal.Decimal, i, n int) {
	if d.Sign() == 0 {
		return
	}
	if *list == nil {
		*list = make([]int64, n)
	}
	(*list)[i], _ = rules.Micros(d) // it came from amounts in millionths
}

// share gives the i-th share, and the index of the line it falls on.
func (a *award) share(i int, lines []string) (rules.Share, int) {
	at := i
	if a.At != nil {
		at = a.At[i]
	}
	s := rules.Share{Line: lines[at], Points: a.Shares[i]}
	if a.Carry != nil {
		s.Carry = micros(a.Carry[i])
	}
	if a.Money != nil {
		s.Money = micros(a.Money[i])
	}
	return s, at
}

// micros is an amount given in millionths.
func micros(n int64) decimal.Decimal {
	if n == 0 {
		return decimal.Decimal{}
	}
	return decimal.New(n, -6)
}

// fits tells whether every share has a line, in the sequence of the lines.
func (a *award) fits(lines []string) bool {
	for i, at := range a.At {
		if at < 0 || at >= len(lines) || i > 0 && at <= a.At[i-1] {
			return false
		}
	}
	return (a.At == nil && len(a.Shares) <= len(lines) || len(a.At) == len(a.Shares)) &&
		(a.Carry == nil || len(a.Carry) == len(a.Shares)) && (a.Money == nil || len(a.Money) == len(a.Shares))
}

func (p *programme) unfold(awards []award, lines []string) []rules.Award {
	var out []rules.Award
	for i := range awards {
		a := &awards[i]
		full := rules.Award{
			Rule: a.Rule, Unit: a.Unit, Phase: a.Phase, Points: a.Points, Qualifying: !a.NonQualifying, Counters: a.Counters,
			Outcomes: a.Outcomes, Drawn: a.Drawn, Spends: a.Spends,
		}
		if full.Unit == "" {
			full.Unit = p.def.Unit
		}
		if a.Terms != nil {
			full.Terms = *a.Terms
		}
		for j := range a.Shares {
			s, _ := a.share(j, lines)
			full.Lines = append(full.Lines, s)
		}
		out = append(out, full)
	}
	return out
}

func (o *outcome) encode() (json.RawMessage, error) { return json.Marshal(o) }

// recall reads back what a transaction remembers of its event. A transaction that
// a host posted by other ways, or that has been erased, remembers nothing.
func recall(tx *ledger.Transaction) (outcome, error) {
	var o outcome
	if len(tx.Details) == 0 {
		return o, nil
	}
	if err := json.Unmarshal(tx.Details, &o); err != nil {
		return o, fmt.Errorf("loyalty: details of transaction %s: %w", tx.Key, err)
	}
	lists := [][]award{o.Awards, o.Taken}
	if r := o.Referral; r != nil {
		lists = append(lists, r.Awards, r.Taken)
	}
	for _, list := range lists {
		for i := range list {
			if !list[i].fits(o.Lines) {
				return o, fmt.Errorf("loyalty: details of transaction %s: award %s has shares of lines that are not there", tx.Key, list[i].Rule)
			}
		}
	}
	if len(o.Bought) != len(o.Lines) && o.Type == TypeOrder || len(o.Spent) > len(o.Lines) {
		return o, fmt.Errorf("loyalty: details of transaction %s: quantities or spending of lines that are not there", tx.Key)
	}
	return o, nil
}

// result is the first Result again, with the balances of now.
func (p *programme) result(tx *ledger.Transaction, balances []ledger.Balance) (Result, error) {
	o, err := recall(tx)
	if err != nil {
		return Result{}, err
	}
	r := Result{
		Event: tx.Key.ID, Member: tx.Key.Owner, Awards: p.unfold(o.Awards, o.Lines), Taken: p.unfold(o.Taken, o.Lines),
		Returned: o.Returned, Reviews: o.Reviews, Cuts: o.Cuts, Tier: o.Tier, Referral: p.unfoldReferred(o.Referral, o.Lines), Balances: balances,
	}
	for _, n := range o.Spent {
		r.Spent += n
	}
	return r, nil
}

// portion is the whole part of n × part ÷ whole, for 0 ≤ part ≤ whole. Taken of a
// running part it splits n so that any split of the whole comes to n in the end.
func portion(n, part, whole int64) int64 {
	if part >= whole {
		return n
	}
	sign := int64(1)
	if n < 0 {
		sign, n = -1, -n
	}
	hi, lo := bits.Mul64(uint64(n), uint64(part))
	q, _ := bits.Div64(hi, lo, uint64(whole))
	return sign * int64(q)
}

// month is the start of the month that a moment falls in: the cohort of what was earned then.
func (p *programme) month(t time.Time) time.Time {
	y, m, _ := t.In(p.zone).Date()
	return time.Date(y, m, 1, 0, 0, 0, 0, p.zone)
}
