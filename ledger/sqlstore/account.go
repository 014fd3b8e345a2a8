package sqlstore

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/loyaltykit/loyalty/ledger"
)

// accountsText writes the accounts of a record as JSON, nil when there are none: they are read together and
// change together, and one row is written much sooner than one for each lot. What is zero is left out.
//
//	[{"unit":"points","earned":120,"spent":20,
//	  "lots":[{"points":60,"issued":"2026-03-01 00:00:00","expires":"2027-03-01 00:00:00"}],
//	  "holds":[{"hold":"checkout 7","made":"2026-03-14 15:09:26.5","lots":[{"points":40,"issued":"2026-03-01 00:00:00"}]}]}]
//
// A lot is known by its terms: one that goes by another name is refused.
func accountsText(r *ledger.Record) (any, error) {
	if len(r.Accounts) == 0 {
		return nil, nil
	}
	o := make(object, 0, 512)
	o.open("", '[')
	for i := range r.Accounts {
		a := &r.Accounts[i]
		o.open("", '{')
		o.text("unit", a.Unit)
		o.number("earned", a.Earned)
		o.number("spent", a.Spent)
		o.number("debt", a.Debt)
		if !a.Lots.IsZero() {
			o.open("lots", '[')
			for lot := range a.Lots.All() {
				if err := o.lot(&lot); err != nil {
					return nil, fmt.Errorf("sqlstore: %q: %w", r.Owner, err)
				}
			}
			o.close(']')
		}
		if len(a.Holds) > 0 {
			o.open("holds", '[')
			for n := range a.Holds {
				if err := o.hold(&a.Holds[n]); err != nil {
					return nil, fmt.Errorf("sqlstore: %q: %w", r.Owner, err)
				}
			}
			o.close(']')
		}
		o.close('}')
	}
	o.close(']')
	return string(o), nil
}

func (o *object) hold(h *ledger.Hold) error {
	o.open("", '{')
	o.text("hold", h.ID)
	o.moment("made", h.Made)
	o.moment("until", h.Until)
	o.open("lots", '[')
	for i := range h.Parts {
		if err := o.lot(&h.Parts[i]); err != nil {
			return err
		}
	}
	o.close(']')
	o.close('}')
	return nil
}

func (o *object) lot(l *ledger.Lot) error {
	if l.ID != l.Terms.ID() {
		return fmt.Errorf("the lot %q is not called by its terms, %q", l.ID, l.Terms.ID())
	}
	o.open("", '{')
	o.number("points", l.Points)
	o.moment("issued", l.Issued)
	o.moment("activates", l.Active)
	o.text("awaits", l.Await)
	o.moment("expires", l.Expires)
	o.close('}')
	return nil
}

// The shapes below read what accountsText writes.
type accountJSON struct {
	Unit                string
	Earned, Spent, Debt int64
	Lots                []lotJSON
	Holds               []struct {
		Hold        string
		Made, Until jsonMoment
		Lots        []lotJSON
	}
}

type lotJSON struct {
	Points                     int64
	Issued, Activates, Expires jsonMoment
	Awaits                     string
}

// readAccounts reads the accounts of a record.
func readAccounts(r *ledger.Record, text string) error {
	if text == "" {
		return nil
	}
	var list []accountJSON
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		return fmt.Errorf("sqlstore: accounts of %q: %w", r.Owner, err)
	}
	r.Accounts = make([]ledger.Account, len(list))
	for i := range list {
		from, to := &list[i], &r.Accounts[i]
		*to = ledger.Account{Unit: from.Unit, Earned: from.Earned, Spent: from.Spent, Debt: from.Debt,
			Lots: ledger.NewLots(lotsOf(from.Lots)...)}
		for _, h := range from.Holds {
			to.Holds = append(to.Holds, ledger.Hold{ID: h.Hold, Made: time.Time(h.Made), Until: time.Time(h.Until), Parts: lotsOf(h.Lots)})
		}
	}
	return nil
}

func lotsOf(list []lotJSON) []ledger.Lot {
	lots := make([]ledger.Lot, len(list))
	for i, l := range list {
		terms := ledger.Terms{Issued: time.Time(l.Issued), Active: time.Time(l.Activates), Expires: time.Time(l.Expires), Await: l.Awaits}
		lots[i] = ledger.Lot{ID: terms.ID(), Terms: terms, Points: l.Points}
	}
	return lots
}
