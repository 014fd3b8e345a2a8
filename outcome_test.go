package loyalty

import (
	"encoding/json"
	"math"
	"math/big"
	"testing"

	"github.com/loyaltykit/loyalty/ledger"
	"pgregory.net/rapid"
)

// Portions of a running part follow the exact fraction and come to the whole.
func TestLaw_PortionsComeToTheWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64().Draw(t, "n")
		whole := rapid.Int64Range(1, math.MaxInt64).Draw(t, "whole")
		part := rapid.Int64Range(0, whole).Draw(t, "part")
		want := new(big.Int).Mul(big.NewInt(n), big.NewInt(part))
		want.Quo(want, big.NewInt(whole)) // towards zero
		if got := portion(n, part, whole); got != want.Int64() {
			t.Fatalf("%d × %d ÷ %d: got %d, want %s", n, part, whole, got, want)
		}
		if got := portion(n, whole, whole); got != n {
			t.Fatalf("the whole of %d is %d", n, got)
		}
	})
}

// FuzzRecall: whatever a transaction's details are, reading them back and refunding by
// them ends in an error or a result, not a panic.
func FuzzRecall(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"type":"order","lines":["1"],"bought":[2000000],"awards":[{"rule":"base","phase":"base","points":10,"shares":[10],"carry":[5]}],"spent":[4]}`,
		`{"awards":[{"rule":"base","shares":[1]}]}`, `{"type":"order","lines":["1","2"],"bought":[5,5],"awards":[{"at":[1,0],"shares":[1,2]},{"at":[1],"shares":[1]}]}`, `{"type":"order","lines":["1"],"bought":[0],"awards":[{"shares":[-9223372036854775808]}]}`,
		`{"type":"order","lines":["1","1"],"bought":[1,-1],"spent":[1,2,3]}`, `[]`, `null`, `{"tier":{}}`,
		`{"type":"order","stood":"gold","nth":3,"lines":["1"],"bought":[2],"awards":[{"rule":"c","shares":[0],"money":[7],"outcomes":[{"kind":"commission","amount":"0.07"}],"spends":[{"key":"budget/b/ever","money":"0.07"}]}],"reviews":[{"rule":"r"}]}`,
		`{"type":"order","lines":["1"],"bought":[1],"referral":{"inviter":"a","awards":[{"rule":"i","points":3,"shares":[3],"terms":{"never":true}}]}}`,
		`{"type":"order","referral":{"inviter":"a","awards":[{"shares":[3]}]}}`, `{"awards":[{"rule":"d","drawn":{"number":-1},"money":[1]}]}`,
	} {
		f.Add([]byte(seed))
	}
	p, err := compile(Definition{}, nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, details []byte) {
		if !json.Valid(details) {
			return // a ledger takes no other
		}
		tx := ledger.Transaction{Key: ledger.Key{Owner: "m", ID: "o"}, Details: details}
		if _, err := p.result(&tx, nil); err != nil {
			return
		}
		order, err := recall(&tx)
		if err != nil {
			t.Fatalf("read once, and then: %v", err)
		}
		refund := turn{
			programme: p, draft: ledger.NewDraft(ledger.Snapshot{}), scope: &scope{},
			event: &Event{Refund: &Refund{Order: "o"}}, side: side{state: &state{}},
		}
		back, err := refund.comesBack(&order, nil)
		if err != nil {
			return // not an order's
		}
		refund.giveBack(&tx, &order, &back)
		if err := refund.takeBack(&refund.side, &tx, tx.Time, order.Awards, &back, false); err != nil {
			if _, ok := err.(*wanting); !ok {
				t.Fatal(err)
			}
		}
	})
}
