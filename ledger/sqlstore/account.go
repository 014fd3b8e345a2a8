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
func accountsText(r *ledger.Record) (cell, error) {
	if len(r.Accounts) == 0 {
		return cell{}, nil
	}
	o := make(object, 0, 512)
	o.open("", '[')
	for i := range r.Accounts {
		a := &r.Accounts[i]
		o.open("", '{')
		o.text("unit", a.Unit)
		o.sum("earned", a.Earned)
		o.sum("spent", a.Spent)
		o.sum("debt", a.Debt)
		if !a.Lots.IsZero() {
			o.open("lots", '[')
			for lot := range a.Lots.All() {
				if err := o.lot(&lot); err != nil {
					return cell{}, fmt.Errorf("sqlstore: %q: %w", r.Owner, err)
				}
			}
			o.close(']')
		}
		if len(a.Holds) > 0 {
			o.open("holds", '[')
			for n := range a.Holds {
				if err := o.hold(&a.Holds[n]); err != nil {
					return cell{}, fmt.Errorf("sqlstore: %q: %w", r.Owner, err)
				}
			}
			o.close(']')
		}
		o.close('}')
	}
	o.close(']')
	return textCell(string(o)), nil
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

// readAccounts reads the accounts of a record.
func readAccounts(r *ledger.Record, text string) (err error) {
	r.Accounts, err = readColumn("accounts", r.Owner, text, plainAccounts, anyAccounts)
	return err
}

// plainAccounts reads them as accountsText has written them, mostly.
func plainAccounts(text string) ([]ledger.Account, bool) {
	p := plain{s: text}
	list := make([]ledger.Account, 0, 1)
	var room [8]ledger.Lot
	p.list(func() {
		var a ledger.Account
		p.object(func(name string) {
			switch name {
			case "unit":
				a.Unit = p.text()
			case "earned":
				a.Earned = p.number()
			case "spent":
				a.Spent = p.number()
			case "debt":
				a.Debt = p.number()
			case "lots":
				a.Lots = ledger.NewLots(p.lots(room[:0])...)
			case "holds":
				p.list(func() { a.Holds = append(a.Holds, p.hold()) })
			default:
				p.failed = true
			}
		})
		list = append(list, a)
	})
	return list, !p.failed && p.at == len(text)
}

func (p *plain) hold() (h ledger.Hold) {
	p.object(func(name string) {
		switch name {
		case "hold":
			h.ID = p.text()
		case "made":
			h.Made = p.moment()
		case "until":
			h.Until = p.moment()
		case "lots":
			h.Parts = p.lots(nil)
		default:
			p.failed = true
		}
	})
	return h
}

func (p *plain) lots(list []ledger.Lot) []ledger.Lot {
	p.list(func() {
		var l ledger.Lot
		p.object(func(name string) {
			switch name {
			case "points":
				l.Points = p.number()
			case "issued":
				l.Issued = p.moment()
			case "activates":
				l.Active = p.moment()
			case "awaits":
				l.Await = p.text()
			case "expires":
				l.Expires = p.moment()
			default:
				p.failed = true
			}
		})
		l.ID = l.Terms.ID()
		list = append(list, l)
	})
	return list
}

// anyAccounts reads any JSON of the shape: with blanks in it, or escapes.
func anyAccounts(text string) ([]ledger.Account, error) {
	type lot struct {
		Points                     int64
		Issued, Activates, Expires jsonMoment
		Awaits                     string
	}
	var read []struct {
		Unit                string
		Earned, Spent, Debt int64
		Lots                []lot
		Holds               []struct {
			Hold        string
			Made, Until jsonMoment
			Lots        []lot
		}
	}
	if err := json.Unmarshal([]byte(text), &read); err != nil {
		return nil, err
	}
	lots := func(read []lot) []ledger.Lot {
		list := make([]ledger.Lot, len(read))
		for i, l := range read {
			terms := ledger.Terms{Issued: time.Time(l.Issued), Active: time.Time(l.Activates), Expires: time.Time(l.Expires), Await: l.Awaits}
			list[i] = ledger.Lot{ID: terms.ID(), Terms: terms, Points: l.Points}
		}
		return list
	}
	list := make([]ledger.Account, len(read))
	for i, a := range read {
		list[i] = ledger.Account{Unit: a.Unit, Earned: a.Earned, Spent: a.Spent, Debt: a.Debt, Lots: ledger.NewLots(lots(a.Lots)...)}
		for _, h := range a.Holds {
			list[i].Holds = append(list[i].Holds,
				ledger.Hold{ID: h.Hold, Made: time.Time(h.Made), Until: time.Time(h.Until), Parts: lots(h.Lots)})
		}
	}
	return list, nil
}

// jsonMoment is a time in JSON, in the form of jsonTime.
type jsonMoment time.Time

// UnmarshalText implements encoding.TextUnmarshaler.
func (m *jsonMoment) UnmarshalText(b []byte) error {
	t, err := time.Parse(jsonTime, string(b))
	*m = jsonMoment(t)
	return err
}
