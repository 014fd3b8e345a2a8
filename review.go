package loyalty

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/loyaltykit/loyalty/ledger"
	"github.com/loyaltykit/loyalty/rules"
)

// Reviewer has the host's last word on what the rules award, before it is written: it may
// lower an award or veto it, with a reason. It may not raise one, past the limits, caps and
// budgets that made it what it is; to give more, write a rule.
//
// It is part of the decision, so it must depend on the Proposal alone: no clock, no chance, no
// database. It is asked for quotes too, and again when a decision is made anew after a
// conflict, and may be called from many goroutines at once. What must be looked up belongs
// into the event, or the member's segments, before Process is called.
type Reviewer func(Proposal) []Revision

// Proposal is what the rules are about to award one member.
type Proposal struct {
	Event  Event        // as it was sent
	Type   string       // what the rules were asked about: the event's type, TypeInviter or TypeInvited
	Time   time.Time    // when the event happened
	Member rules.Member // who is to have it, as they were before the event
	// Awards are by phase, then priority, then rule. Read them only.
	Awards []rules.Award
}

// Revision changes one award.
type Revision struct {
	Award int // its place in Proposal.Awards
	// Points is what is left of it. Of an award that is no points, such as a coupon, there is nothing to
	// lower: 0 is a veto. The points fall on the order's lines in the proportion they
	// did, and count so far towards limits and the tier. 0 is a veto: all is as if the rule had not matched,
	// its uses, carried remainder and draw too.
	Points int64
	Reason string // why, for the member and the auditor; required
}

// Review is a revision that was made, as Result and the transaction's details tell of it.
type Review struct {
	Rule   string `json:"rule"`
	Unit   string `json:"unit"`
	From   int64  `json:"from"`
	To     int64  `json:"to"` // 0 is a veto
	Reason string `json:"reason"`
}

func (r Review) String() string {
	if r.To == 0 {
		return fmt.Sprintf("%q gave nothing in place of %d %s: %s.", r.Rule, r.From, r.Unit, r.Reason)
	}
	return fmt.Sprintf("%q gave %d in place of %d %s: %s.", r.Rule, r.To, r.From, r.Unit, r.Reason)
}

// ErrReview: Config.Review gave a Revision that cannot be made. The event is not at fault; nothing
// was written.
var ErrReview = errors.New("loyalty: review cannot be followed")

// review asks the host about awards that were proposed.
func (t *turn) review(ev *rules.Event, awards []rules.Award) ([]rules.Award, []Review, error) {
	if t.reviewer == nil || len(awards) == 0 {
		return awards, nil, nil
	}
	revisions := t.reviewer(Proposal{Event: *t.event, Type: ev.Type, Time: t.at, Member: ev.Member, Awards: slices.Clone(awards)})
	if len(revisions) == 0 {
		return awards, nil, nil
	}
	revisions = slices.SortedFunc(slices.Values(revisions), func(a, b Revision) int { return a.Award - b.Award })
	var made []Review
	for i, r := range revisions {
		if err := r.check(awards, i > 0 && revisions[i-1].Award == r.Award); err != nil {
			return nil, nil, err
		}
		if a := &awards[r.Award]; r.Points == 0 || r.Points < a.Points {
			made = append(made, Review{Rule: a.Rule, Unit: a.Unit, From: a.Points, To: r.Points, Reason: r.Reason})
		}
	}
	kept, next := awards[:0], 0
	for i, a := range awards {
		if next == len(revisions) || revisions[next].Award != i {
			kept = append(kept, a)
			continue
		}
		if n := revisions[next].Points; n > 0 {
			kept = append(kept, lowered(a, n))
		}
		next++
	}
	return kept, made, nil
}

func (r Revision) check(awards []rules.Award, twice bool) error {
	fault := func(format string, args ...any) error {
		return fmt.Errorf("%w: award %d: %s", ErrReview, r.Award, fmt.Sprintf(format, args...))
	}
	switch {
	case r.Award < 0 || r.Award >= len(awards):
		return fault("there are %d", len(awards))
	case twice:
		return fault("is revised twice")
	case r.Points < 0 || r.Points > awards[r.Award].Points:
		return fault("%d points, must be 0 to the %d of rule %s", r.Points, awards[r.Award].Points, awards[r.Award].Rule)
	case r.Reason == "":
		return fault("no reason is given")
	case len(r.Reason) > ledger.MaxText:
		return fault("a reason of %d bytes, at most %d", len(r.Reason), ledger.MaxText)
	}
	return nil
}

// lowered is an award cut to n points, its shares in the proportion they were: none is more than it
// was.
func lowered(a rules.Award, n int64) rules.Award {
	was := a.Points
	a.Points = n
	a.Spends = slices.Clone(a.Spends)
	for i := range a.Spends {
		s := &a.Spends[i]
		s.Points = min(s.Points, n)
		money, _ := rules.Micros(s.Money) // the rules gave it: each point costs the same
		s.Money = micros(money / was * n)
	}
	if len(a.Lines) == 0 {
		return a
	}
	weights := make([]int64, len(a.Lines))
	for i := range a.Lines {
		weights[i] = a.Lines[i].Points
	}
	shares := make([]rules.Share, 0, len(a.Lines))
	for i, points := range rules.Allocate(n, weights) {
		s := a.Lines[i]
		if s.Points = points; points != 0 || s.Carry.Sign() != 0 {
			shares = append(shares, s)
		}
	}
	a.Lines = shares
	return a
}
