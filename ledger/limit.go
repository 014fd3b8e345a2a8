package ledger

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/loyaltykit/loyalty/calendar"
)

// Limit bounds what an owner may give away over a stretch of time: gifts between members,
// or an agent's kit of goodwill. What is counted is kept in the owner's record, in a
// document of the ledger's own, which one of another name does not share. What was granted
// stays counted, whatever becomes of the points.
type Limit struct {
	Name   string          // unique among the owner's limits: "gifts a day"
	Each   int64           // at most so many points at a time; 0 is no bound
	Points int64           // at most so many points in the window; 0 is no bound
	Uses   int64           // at most so many times in the window; 0 is no bound
	Window calendar.Window // the day or month it is counted over, which the host reckons in its zone; At must lie in it
}

func (l Limit) validate() error {
	if l.Each < 0 || l.Points < 0 || l.Uses < 0 {
		return invalid("limits", "%q has a bound below zero", l.Name)
	}
	if err := l.Window.Validate(); err != nil {
		return invalid("limits", "%q: %v", l.Name, err)
	}
	return validID("limits", l.Name)
}

func validLimits(limits []Limit) error {
	if len(limits) > MaxParts {
		return invalid("limits", "%d limits, at most %d", len(limits), MaxParts)
	}
	for i, l := range limits {
		if err := l.validate(); err != nil {
			return err
		}
		if slices.ContainsFunc(limits[:i], func(o Limit) bool { return o.Name == l.Name }) {
			return invalid("limits", "%q is there twice", l.Name)
		}
	}
	return nil
}

// LimitError says which limit stands in the way.
type LimitError struct {
	Owner, Name string
	Limit       int64 // points, or uses when Asked is 1 use
	Used, Asked int64
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("ledger: limit reached: %s of %s is %d, %d used, %d asked for", e.Name, e.Owner, e.Limit, e.Used, e.Asked)
}
func (e *LimitError) Unwrap() error { return ErrLimit }

// docLimits is the one document that is the ledger's own.
const docLimits = reserved + "limits"

// tally is what was given within one window of one limit.
type tally struct {
	From   time.Time `json:"from,omitzero"`
	Until  time.Time `json:"until,omitzero"`
	Points int64     `json:"points"`
	Uses   int64     `json:"uses"`
}

// spendLimits counts n points against the owner's limits, or refuses.
func (e *entry) spendLimits(limits []Limit, n int64) error {
	if len(limits) == 0 {
		return nil
	}
	tallies := map[string]tally{}
	if doc, ok := e.rec.Docs[docLimits]; ok {
		if err := json.Unmarshal(doc, &tallies); err != nil {
			return fmt.Errorf("ledger: document %s of %s: %w", docLimits, e.rec.Owner, err)
		}
	}
	for name, t := range tallies {
		if !t.Until.IsZero() && !t.Until.After(e.at) {
			delete(tallies, name)
		}
	}
	for _, l := range limits {
		if !l.Window.Contains(e.at) {
			return invalid("limits", "%q is for another time", l.Name)
		}
		t := tallies[l.Name]
		// A clock that is behind counts against the later window: were it to begin the
		// earlier one anew, two clocks around midnight would lift the limit.
		if from := clean(l.Window.From); !from.Before(t.From) {
			if from.After(t.From) {
				t = tally{From: from}
			}
			t.Until = clean(l.Window.Until)
		}
		for _, bound := range []struct{ limit, used, asked int64 }{{l.Each, 0, n}, {l.Points, t.Points, n}, {l.Uses, t.Uses, 1}} {
			if bound.limit > 0 && bound.asked > bound.limit-bound.used {
				return &LimitError{Owner: e.rec.Owner, Name: l.Name, Limit: bound.limit, Used: bound.used, Asked: bound.asked}
			}
		}
		t.Points = plus(t.Points, n) // an unbounded one stops counting at the end
		t.Uses++
		tallies[l.Name] = t
	}
	doc, err := json.Marshal(tallies)
	if err != nil {
		return err
	}
	e.setDoc(docLimits, doc)
	return nil
}

// setDoc changes a document of a record that is this transaction's own copy.
func (e *entry) setDoc(name string, doc json.RawMessage) {
	if e.rec.Docs == nil {
		e.rec.Docs = map[string]json.RawMessage{}
	}
	e.rec.Docs[name] = doc
}
