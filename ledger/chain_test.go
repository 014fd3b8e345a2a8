package ledger_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/loyaltykit/loyalty/ledger"
	"pgregory.net/rapid"
)

// An untouched history verifies. When any one field of any one transaction is
// changed, Verify names that transaction.
func TestLaw_ChainVerifies(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newMachine(t)
		req, ops := fullOrder(at(m.now))
		if err := m.models.post(req, ops); err != nil {
			t.Fatalf("model: %v", err)
		}
		m.post(req, ops...)
		m.run(func() {})
		const owner = "ann"
		history := m.history(owner)
		if err := ledger.Verify(owner, history); err != nil {
			t.Fatalf("untouched: %v", err)
		}
		i := m.number("transaction", 0, len(history)-1)
		forged := slices.Clone(history)
		forged[i] = deepCopy(history[i])
		fields := alterations(reflect.ValueOf(&forged[i]).Elem(), "")
		f := fields[m.number("field", 0, len(fields)-1)]
		f.alter()
		err := ledger.Verify(owner, forged)
		if e, ok := errors.AsType[*ledger.HistoryError](err); !ok || e.Seq != int64(i+1) {
			t.Fatalf("%s of transaction %d changed: got %v", f.path, i+1, err)
		}
	})
}

// fullOrder comes to a transaction with every field set, so that each can be altered.
func fullOrder(now time.Time) (ledger.Request, []ledger.Op) {
	req := ledger.Request{
		Owner: "ann", ID: "order", Reference: "2026-1", At: now, Time: now.Add(-time.Minute), Kind: "order",
		Reason: "thanks", Actor: "till 4", Details: json.RawMessage(`{"sum": "10.00"}`),
	}
	return req, []ledger.Op{
		ledger.Earn{Unit: points, Points: 50, Issued: at(1), Reason: "base"},
		ledger.PlaceHold{Unit: points, Points: 10},
		ledger.Release{Hold: "order"},
	}
}

// TestVerify_NamesTheFirst has every alteration of one transaction in the middle, and
// transactions left out, doubled and swapped.
func TestVerify_NamesTheFirst(t *testing.T) {
	b := open(t)
	b.earn("ann", "before", 5, day(1), never)
	req, ops := fullOrder(day(2))
	b.post(req, ops...)
	b.earn("ann", "after", 5, day(3), never)
	namesEachAlteration(t, b.history("ann"))
	history := b.history("ann")
	named(t, "first left out", 1, history[1:])
	named(t, "middle left out", 2, []ledger.Transaction{history[0], history[2]})
	named(t, "doubled", 2, []ledger.Transaction{history[0], history[0], history[1]})
	named(t, "swapped", 1, []ledger.Transaction{history[1], history[0], history[2]})
}

// Nor can what a history says of the other owners of a transaction be changed.
func TestVerify_SeveralOwners(t *testing.T) {
	b := open(t)
	b.earn("ann", "before", 50, day(1), never)
	b.earn("bob", "before", 5, day(1), never)
	req, _ := fullOrder(day(2))
	b.post(req, ledger.Gift{To: "bob", Unit: points, Points: 20, Reason: "base"},
		ledger.Adjust{Unit: points, Points: 1, Kit: "agent", Limits: []ledger.Limit{{Name: "l"}}})
	b.earn("ann", "after", 5, day(3), never)
	namesEachAlteration(t, b.history("ann"))
}

// What was erased can neither be told from the history nor be told otherwise.
func TestVerify_Erased(t *testing.T) {
	b := open(t)
	b.earn("ann", "before", 5, day(1), never)
	req, ops := fullOrder(day(2))
	b.post(req, ops...)
	b.earn("ann", "after", 5, day(3), never)
	err := b.Update(t.Context(), []string{"ann"}, []ledger.Key{{Owner: "ann", ID: "order"}}, func(d *ledger.Draft) error {
		tx, _ := d.Find("ann", "order")
		d.Erase(tx)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	history := b.history("ann")
	if err := ledger.Verify("ann", history); err != nil {
		t.Fatal(err)
	}
	equal(t, "personal detail", "", history[1].Reason+history[1].Actor+string(history[1].Details))
	namesEachAlteration(t, history)
	equal(t, "the request is still known", true, b.post(req, ops...).Replayed)
}

// namesEachAlteration changes every field of the second of three transactions in turn.
func namesEachAlteration(t tb, history []ledger.Transaction) {
	t.Helper()
	for k := range alterations(reflect.ValueOf(&history[1]).Elem(), "") {
		forged := slices.Clone(history)
		forged[1] = deepCopy(history[1])
		f := alterations(reflect.ValueOf(&forged[1]).Elem(), "")[k]
		f.alter()
		named(t, f.path, 2, forged)
	}
}

func named(t tb, what string, want int64, history []ledger.Transaction) {
	t.Helper()
	err := ledger.Verify("ann", history)
	if e, ok := errors.AsType[*ledger.HistoryError](err); !ok || e.Seq != want || !errors.Is(err, ledger.ErrHistory) {
		t.Fatalf("%s: got %v, want transaction %d named", what, err, want)
	}
}

func deepCopy(tx ledger.Transaction) ledger.Transaction {
	tx.Aliases, tx.Postings, tx.Details = slices.Clone(tx.Aliases), slices.Clone(tx.Postings), slices.Clone(tx.Details)
	tx.Links = slices.Clone(tx.Links)
	for i := range tx.Links {
		tx.Links[i].After = slices.Clone(tx.Links[i].After)
	}
	return tx
}

// alteration changes one field.
type alteration struct {
	path  string
	alter func()
}

// alterations are all that can be changed within a value, one at a time.
func alterations(v reflect.Value, path string) []alteration {
	one := func(alter func()) []alteration { return []alteration{{path, alter}} }
	switch x := v.Addr().Interface().(type) {
	case *time.Time:
		return one(func() { *x = x.Add(time.Microsecond) })
	case *ledger.Hash:
		return one(func() { x[31]++ })
	case *json.RawMessage:
		return one(func() { *x = append(*x, ' ') })
	}
	var all []alteration
	switch v.Kind() {
	case reflect.String:
		return one(func() { v.SetString(v.String() + "x") })
	case reflect.Bool:
		return one(func() { v.SetBool(!v.Bool()) })
	case reflect.Int64:
		return one(func() { v.SetInt(v.Int() + 1) })
	case reflect.Struct:
		for i := range v.NumField() {
			all = append(all, alterations(v.Field(i), path+"."+v.Type().Field(i).Name)...)
		}
	case reflect.Slice:
		for i := range v.Len() {
			all = append(all, alterations(v.Index(i), fmt.Sprintf("%s[%d]", path, i))...)
		}
		if n := v.Len(); n > 0 {
			all = append(all, alteration{path + " shortened", func() { v.SetLen(n - 1) }})
		}
	default:
		panic("no alteration for " + path + ", a " + v.Kind().String())
	}
	return all
}

// Replay takes nothing on trust: a history that moves points there are none of, or
// ends elsewhere than it says, is refused.
func TestReplay_Refuses(t *testing.T) {
	for _, row := range []struct {
		rule  string
		forge func(*ledger.Transaction)
	}{
		{"no posting of nothing", func(tx *ledger.Transaction) { tx.Postings[0].Points = 0 }},
		{"no lot gives more than it has", func(tx *ledger.Transaction) { tx.Postings[0].Points = 11 }},
		{"no unknown lot gives", func(tx *ledger.Transaction) { tx.Postings[0].From.Lot = ledger.Terms{Issued: day(9)}.ID() }},
		{"no unknown hold gives", func(tx *ledger.Transaction) { tx.Postings[0].From.Hold = "h" }},
		{"no place but a lot takes", func(tx *ledger.Transaction) { tx.Postings[0].To = ledger.Place{Owner: "m", Lot: "pocket"} }},
		{"no debt is overpaid", func(tx *ledger.Transaction) { tx.Postings[0].To = ledger.Place{Owner: "m", Lot: ledger.DebtLot} }},
		{"the end is as said", func(tx *ledger.Transaction) { tx.Links[0].After[0].Points++ }},
	} {
		t.Run(row.rule, func(t *testing.T) {
			b := open(t)
			b.earn("m", "in", 10, day(0), never)
			b.post(ask("out", day(0)), ledger.Redeem{Unit: points, Points: 10})
			history := b.history("m")
			history[1] = deepCopy(history[1])
			row.forge(&history[1])
			_, err := ledger.Replay("m", history)
			if e, ok := errors.AsType[*ledger.HistoryError](err); !ok || e.Seq != 2 || e.ID != "out" {
				t.Errorf("got %v, want transaction 2 named", err)
			}
		})
	}
}
