package drivertest_test

import (
	"errors"
	"testing"

	"github.com/loyaltykit/loyalty/ledger"
)

// TestTakenKeyIsAnAnswer: PostgreSQL tells that a key is taken without an error of its own, which it would log for every
// repeat. So it is for a change that goes by one plain statement, and for those that go by the function, of which nothing
// stays.
func TestTakenKeyIsAnAnswer(t *testing.T) {
	_, store := postgres.open(t)
	books := ledgerOn(t, store, 0)
	ctx := t.Context()
	owners := []string{"ann", "bob", "cem", "dee"}
	for _, o := range owners[:3] {
		req, op := earn(o, "k", 7)
		if _, err := books.Post(ctx, req, op); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		name   string
		owners []string // who earn under the key; dee is new
		other  string   // who earns under another
	}{
		{"one", []string{"ann"}, ""},
		{"two, the later one taken", []string{"cem"}, "bob"},
		{"two, the first one taken", []string{"ann"}, "bob"},
		{"with a new owner", []string{"cem"}, "dee"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			snap, err := store.Load(ctx, owners, nil)
			if err != nil {
				t.Fatal(err)
			}
			d := ledger.NewDraft(snap)
			post := func(owner, id string) {
				req, op := earn(owner, id, 9)
				if _, err := d.Post(req, op); err != nil {
					t.Fatal(err)
				}
			}
			for _, o := range tt.owners {
				post(o, "k")
			}
			if tt.other != "" {
				post(tt.other, "new")
			}
			err = store.Commit(ctx, d.Change())
			if !errors.Is(err, ledger.ErrConflict) {
				t.Fatalf("got %v, want ErrConflict", err)
			}
			if state, ok := errors.AsType[interface {
				error
				SQLState() string
			}](err); ok {
				t.Errorf("the server has told of it by the error %s", state.SQLState())
			}
			for i, o := range owners {
				b, err := books.Balance(ctx, o, "points", now)
				if err != nil {
					t.Fatal(err)
				}
				want := int64(7)
				if i == 3 {
					want = 0
				}
				if b.Available != want {
					t.Errorf("%s has %d points, want %d", o, b.Available, want)
				}
			}
		})
	}
}
