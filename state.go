package loyalty

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"time"

	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/ledger"
	"github.com/loyaltykit/loyalty/rules"
	"github.com/loyaltykit/loyalty/tier"
)

// The documents a member's record holds, beside the accounts, so that they change in
// the same commit.
const (
	docMember  = "member"
	docTier    = "tier"
	docUsage   = "usage"
	docReturns = "returns"
)

// facts are what the programme knows of a member.
type facts struct {
	Joined   calendar.Date   `json:"joined"`
	Birthday calendar.Yearly `json:"birthday,omitzero"`
	Segments []string        `json:"segments,omitempty"`
	Orders   int             `json:"orders,omitempty"` // orders not returned as a whole
	Active   calendar.Date   `json:"active,omitzero"`  // the day of the last activity; see Inactivity

	Stage      string           `json:"stage,omitempty"`
	Interests  []string         `json:"interests,omitempty"`
	Attributes rules.Attributes `json:"attributes,omitempty"`
}

// returns are how much has come back of each order that was returned in part, by
// line, in millionths. An order that came back as a whole has a nil map.
type returns map[string]map[string]int64

// state is a member's documents while an event is decided.
type state struct {
	member string
	known  bool // has signed up
	facts  facts
	tier   tier.Status
	usage  rules.Usage
	// referral is kept even if the programme no longer has one.
	referral referral
	stored   ledger.Record
}

func (p *programme) load(rec ledger.Record) (*state, error) {
	s := &state{member: rec.Owner, stored: rec, usage: rules.Usage{}}
	var err error
	if doc, ok := rec.Docs[docMember]; ok {
		s.known = true
		if s.facts, err = decodeFacts(doc); err != nil {
			return nil, badDocument(rec, docMember, err)
		}
	}
	if doc, ok := rec.Docs[docTier]; ok {
		if s.tier, err = decodeTier(doc); err != nil {
			return nil, badDocument(rec, docTier, err)
		}
	}
	if doc, ok := rec.Docs[docUsage]; ok {
		if s.usage, err = decodeUsage(doc); err != nil {
			return nil, badDocument(rec, docUsage, err)
		}
	}
	if err := read(rec, docReferral, &s.referral); err != nil {
		return nil, err
	}
	return s, nil
}

func badDocument(rec ledger.Record, name string, err error) error {
	return fmt.Errorf("loyalty: document %q of %s: %w", name, rec.Owner, err)
}

func read(rec ledger.Record, name string, into any) error {
	doc, ok := rec.Docs[name]
	if !ok {
		return nil
	}
	if err := json.Unmarshal(doc, into); err != nil {
		return badDocument(rec, name, err)
	}
	return nil
}

// save puts what has changed into the draft.
func (p *programme) save(d *ledger.Draft, s *state, now time.Time) {
	s.usage.Prune(now.Add(-p.late))
	put := func(name string, empty bool, encode func() json.RawMessage) { write(d, s.stored, name, empty, encode) }
	put(docMember, !s.known, func() json.RawMessage { return encodeFacts(s.facts) })
	put(docTier, !s.known || p.ladder == nil, func() json.RawMessage { return encodeTier(s.tier) })
	put(docUsage, len(s.usage) == 0, func() json.RawMessage { return encodeUsage(s.usage) })
	put(docReferral, s.referral == referral{}, func() json.RawMessage { return s.referral.encode() })
	var due time.Time
	if p.ladder != nil && s.known {
		due = p.ladder.Due(s.tier, now)
	}
	if !due.Equal(s.stored.DocsDue) {
		d.SetDocsDue(s.member, due)
	}
}

// write puts a document into the draft if it is not what is stored already.
func write(d *ledger.Draft, stored ledger.Record, name string, empty bool, encode func() json.RawMessage) {
	was, had := stored.Docs[name]
	if empty {
		if had {
			d.SetDoc(stored.Owner, name, nil)
		}
		return
	}
	if doc := encode(); !bytes.Equal(doc, was) {
		d.SetDoc(stored.Owner, name, doc)
	}
}

// learn takes in what an event says of the member themselves.
func (s *state) learn(p *Profile) {
	if p != nil {
		s.facts.Birthday, s.facts.Segments = p.Birthday, p.Segments
		s.facts.Stage, s.facts.Interests, s.facts.Attributes = p.Stage, p.Interests, p.Attributes
	}
}

// seen is the member as rules see them, the tier apart.
func (s *state) seen() rules.Member {
	f := &s.facts
	return rules.Member{
		ID: s.member, Segments: f.Segments, Stage: f.Stage, Interests: f.Interests, Birthday: f.Birthday, Joined: f.Joined, Orders: f.Orders,
		Attributes: f.Attributes,
	}
}

// settleTier brings the tier up to a moment and notes what changed in the result,
// as one change from where the member stood at first.
func (p *programme) settleTier(s *state, now time.Time, change **tier.Change) {
	if p.ladder == nil || !s.known {
		return
	}
	status, moved, ok := p.ladder.Settle(s.tier, now, p.late)
	s.tier = status
	if !ok {
		return
	}
	if *change != nil {
		moved.From = (*change).From
		if moved.From == moved.To {
			*change = nil
			return
		}
	}
	*change = &moved
}

// qualify counts points towards the tier, in the period of the moment they were earned.
func (p *programme) qualify(s *state, awards []rules.Award, sign int64, at time.Time) {
	if p.ladder == nil {
		return
	}
	var n int64
	for i := range awards {
		if a := &awards[i]; a.Qualifying && a.Unit == p.def.Unit {
			n += a.Points
		}
	}
	if n != 0 {
		s.tier = p.ladder.Add(s.tier, sign*n, at)
	}
}

func (r returns) with(order string, lines map[string]int64) returns {
	r = maps.Clone(r)
	if r == nil {
		r = returns{}
	}
	r[order] = lines
	return r
}
