package ledger_test

import (
	"strings"

	"github.com/loyaltykit/loyalty/ledger"
	"pgregory.net/rapid"
)

// What the machine draws beside earning, spending and undoing.

func (m *machine) gift(owner string) ledger.Op {
	to := "ann"
	if owner == to {
		to = "bob"
	}
	return ledger.Gift{To: to, Unit: m.unit(), Points: m.points(40)}
}

func (m *machine) adjust(string) ledger.Op {
	if m.number("up", 0, 1) == 0 {
		return ledger.Adjust{Unit: m.unit(), Points: -m.points(40), Policy: m.policy()}
	}
	return ledger.Adjust{Unit: m.unit(), Points: m.points(40), Issued: at(1), Expires: at(m.later("expires"))}
}

func (m *machine) opening(string) ledger.Op {
	return ledger.Open{Unit: m.unit(), Points: m.points(40), Issued: at(1), Active: at(m.now + m.number("active in", 0, 9)), Expires: at(m.now + 10)}
}

func (m *machine) activate(string) ledger.Op {
	return ledger.Activate{Await: pick(m, "await", "x", "y")}
}

func (m *machine) extend(owner string) ledger.Op {
	return ledger.Extend{
		Unit: m.unit(), Lots: rapid.SliceOfN(rapid.SampledFrom(m.lots(owner)), 0, 2).Draw(m.t, "lots"),
		Expires: at(pick(m, "expires", 0, m.now+m.number("expires in", 0, 40))),
	}
}

// reinstate is mostly of a real expiry, which the model is told of.
func (m *machine) reinstate(owner string) ledger.Op {
	ids := []string{m.id(owner)}
	for _, tx := range m.history(owner) {
		if tx.Kind != ledger.KindExpire || !strings.HasPrefix(tx.Key.ID, "~tick/") {
			continue
		}
		ids = append(ids, tx.Key.ID)
		var moves []mMove
		for _, p := range tx.Postings {
			moves = append(moves, mMove{p.Unit, "", mPart{modelTerms(p.From.Lot), p.Points}})
		}
		m.models[owner].expiries[tx.Key.ID] = moves
	}
	return ledger.Reinstate{Of: pick(m, "of", ids...), Expires: at(m.later("expires"))}
}
