package sqlstore

import "github.com/loyaltykit/loyalty/ledger"

// postingsText writes the postings of a transaction as JSON, in the shape of ledger.Posting; "" when
// there are none.
//
//	[{"unit":"points","points":120,"from":{"flow":"issued"},"to":{"owner":"member 7","lot":"20260301T000000Z:never"}}]
func postingsText(list []ledger.Posting) string {
	if len(list) == 0 {
		return ""
	}
	o := make(object, 0, 192*len(list))
	o.open("", '[')
	for i := range list {
		p := &list[i]
		o.open("", '{')
		o.text("unit", p.Unit)
		o.number("points", p.Points)
		o.place("from", &p.From)
		o.place("to", &p.To)
		o.text("reason", p.Reason)
		o.close('}')
	}
	o.close(']')
	return string(o)
}

func (o *object) place(name string, p *ledger.Place) {
	o.open(name, '{')
	o.text("owner", p.Owner)
	o.text("lot", p.Lot)
	o.text("hold", p.Hold)
	o.text("flow", p.Flow)
	o.close('}')
}

// totalsText writes an owner's totals after a transaction as JSON, by unit.
func totalsText(list []ledger.Amount) string {
	o := make(object, 0, 48*len(list))
	o.open("", '[')
	for _, a := range list {
		o.open("", '{')
		o.text("unit", a.Unit)
		o.number("points", a.Points)
		o.close('}')
	}
	o.close(']')
	return string(o)
}
