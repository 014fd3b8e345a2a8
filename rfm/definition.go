package rfm

import (
	"encoding/json"
	"slices"
)

// Definition is how a shop looks at its customers, as a Go value or as JSON.
// [Compile] turns it into a [Model]. Every part may be left out.
type Definition struct {
	Scoring  Scoring   `json:"scoring,omitzero"`
	Segments []Segment `json:"segments,omitempty"` // the first that matches wins
	// Rest is the segment of scores that none of Segments claims. Without it they
	// must claim all.
	Rest      string    `json:"rest,omitempty"`
	Lifecycle Lifecycle `json:"lifecycle,omitzero"`
	Tags      []Tag     `json:"tags,omitempty"` // if there are any, every segment must be among them
	LS        LS        `json:"rfm_ls,omitzero"`
	Decline   Decline   `json:"decline,omitzero"`
	Ladders   []Ladder  `json:"ladders,omitempty"`
	Cap       Cap       `json:"cap,omitzero"` // of all ladders together
	// Zone is the IANA name of the zone whose civil days waiting times are counted
	// in; "" is UTC.
	Zone string `json:"zone,omitempty"`
}

// Model is a compiled [Definition]. It never changes, and is safe for concurrent
// use.
type Model struct {
	def   Definition
	fixed Cuts // of thresholds
	board *board
	life  lifecycle
	ls    ls
	decl  decline
	plan  plan
}

// Compile checks a definition. What is left out is replaced by its default. The
// error is a [*DefinitionError] that lists all there is to say, each with its path.
func Compile(def Definition) (*Model, error) {
	def = def.clone()
	if def.Scoring.IsZero() {
		def.Scoring = DefaultScoring()
	}
	if def.Lifecycle.IsZero() {
		def.Lifecycle = DefaultLifecycle()
	}
	var bad problems
	m := &Model{}
	def.Scoring.check(&bad)
	sound := len(bad) == 0 // what follows reckons with the levels
	if sound {
		checkSegments(&def, &bad)
	}
	m.life = def.Lifecycle.check(&bad)
	checkTags(&def, &bad)
	m.ls = def.LS.check(&bad)
	m.decl = def.Decline.check(&bad)
	m.plan = def.checkLadders(&bad)
	if err := bad.err(); err != nil {
		return nil, err
	}
	m.def = def
	if !def.Scoring.quantiles() {
		m.fixed = def.Scoring.cuts()
	}
	m.board = newBoard(&m.def)
	return m, nil
}

// Definition returns what the model was compiled of, defaults filled in.
func (m *Model) Definition() Definition { return m.def.clone() }

func (d Definition) clone() Definition {
	d.Scoring.Recency = slices.Clone(d.Scoring.Recency)
	d.Scoring.Orders = slices.Clone(d.Scoring.Orders)
	d.Scoring.Spend = slices.Clone(d.Scoring.Spend)
	d.Segments = slices.Clone(d.Segments)
	d.Tags = slices.Clone(d.Tags)
	d.LS.Signals = slices.Clone(d.LS.Signals)
	d.LS.Potential = slices.Clone(d.LS.Potential)
	d.LS.Invitations = slices.Clone(d.LS.Invitations)
	d.Ladders = slices.Clone(d.Ladders)
	for i := range d.Ladders {
		d.Ladders[i].Steps = slices.Clone(d.Ladders[i].Steps)
	}
	return d
}

// UnmarshalJSON reads a definition as [Decode] does, so that it is read strictly
// inside a larger document too.
func (d *Definition) UnmarshalJSON(text []byte) error {
	type plain Definition
	var read plain
	if err := decodeInto(text, &read); err != nil {
		return err
	}
	*d = Definition(read)
	return nil
}

// MarshalJSON writes the scoring, its decimals as strings.
func (s Scoring) MarshalJSON() ([]byte, error) {
	w := struct {
		Method    Method            `json:"method,omitempty"`
		Levels    int               `json:"levels,omitempty"`
		Recency   []int64           `json:"recency,omitempty"`
		Orders    []int64           `json:"orders,omitempty"`
		Spend     []decimalAsString `json:"spend,omitempty"`
		HighValue int               `json:"high_value,omitempty"`
	}{Method: s.Method, Levels: s.Levels, Recency: s.Recency, Orders: s.Orders, HighValue: s.HighValue}
	for _, d := range s.Spend {
		w.Spend = append(w.Spend, decimalAsString{d})
	}
	return json.Marshal(w)
}

// IsZero reports whether no customer is measured by a rhythm of their own.
func (o OwnRhythm) IsZero() bool {
	return o.MinGaps == 0 && o.Active.IsZero() && o.Cooling.IsZero() && o.Dormant.IsZero()
}

// MarshalJSON writes the multiples as strings.
func (o OwnRhythm) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		MinGaps int64           `json:"min_gaps,omitempty"`
		Active  decimalAsString `json:"active"`
		Cooling decimalAsString `json:"cooling"`
		Dormant decimalAsString `json:"dormant"`
	}{o.MinGaps, decimalAsString{o.Active}, decimalAsString{o.Cooling}, decimalAsString{o.Dormant}})
}
