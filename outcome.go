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
// the same Result again, and to return any part of an order later. Shares are by
// the order's lines, in sequence.
type outcome struct {
	Type     string       `json:"type"`
	Lines    []bought     `json:"lines,omitempty"`
	Awards   []award      `json:"awards,omitempty"`
	Taken    []award      `json:"taken,omitempty"`
	Spent    []int64      `json:"spent,omitempty"` // points that paid, by line
	Returned int64        `json:"returned,omitempty"`
	Tier     *tier.Change `json:"tier,omitempty"`
}

// bought is a line and its quantity in millionths.
type bought struct {
	Line     string `json:"l"`
	Quantity int64  `json:"q"`
}

type award struct {
	Rule          string          `json:"rule"`
	Unit          string          `json:"unit,omitempty"` // "" is the programme's
	Phase         rules.Phase     `json:"phase"`
	Points        int64           `json:"points"`
	NonQualifying bool            `json:"nq,omitempty"`
	Shares        []int64         `json:"shares,omitempty"`
	Carry         []int64         `json:"carry,omitempty"` // in millionths, by line
	Counters      []rules.Counter `json:"counters,omitempty"`
}

func (p *programme) fold(awards []rules.Award) []award {
	out := make([]award, len(awards))
	for i := range awards {
		a := &awards[i]
		out[i] = award{Rule: a.Rule, Phase: a.Phase, Points: a.Points, NonQualifying: !a.Qualifying, Counters: a.Counters}
		if a.Unit != p.def.Unit {
			out[i].Unit = a.Unit
		}
		if len(a.Lines) == 0 {
			continue
		}
		out[i].Shares = make([]int64, len(a.Lines))
		for j := range a.Lines {
			s := &a.Lines[j]
			out[i].Shares[j] = s.Points
			if s.Carry.Sign() != 0 && out[i].Carry == nil {
				out[i].Carry = make([]int64, len(a.Lines))
			}
		}
		for j := range out[i].Carry {
			out[i].Carry[j], _ = rules.Micros(a.Lines[j].Carry) // it came from amounts in millionths
		}
	}
	return out
}

func (p *programme) unfold(awards []award, lines []bought) []rules.Award {
	var out []rules.Award
	for i := range awards {
		a := &awards[i]
		full := rules.Award{Rule: a.Rule, Unit: a.Unit, Phase: a.Phase, Points: a.Points, Qualifying: !a.NonQualifying, Counters: a.Counters}
		if full.Unit == "" {
			full.Unit = p.def.Unit
		}
		for j, n := range a.Shares {
			s := rules.Share{Line: lines[j].Line, Points: n}
			if a.Carry != nil && a.Carry[j] != 0 {
				s.Carry = decimal.New(a.Carry[j], -6)
			}
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
	for _, list := range [][]award{o.Awards, o.Taken} {
		for i := range list {
			if a := &list[i]; len(a.Shares) > len(o.Lines) || a.Carry != nil && len(a.Carry) != len(a.Shares) {
				return o, fmt.Errorf("loyalty: details of transaction %s: award %s has shares of lines that are not there", tx.Key, a.Rule)
			}
		}
	}
	if len(o.Spent) > len(o.Lines) {
		return o, fmt.Errorf("loyalty: details of transaction %s: spent on lines that are not there", tx.Key)
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
		Returned: o.Returned, Tier: o.Tier, Balances: balances,
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
