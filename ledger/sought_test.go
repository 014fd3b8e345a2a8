package ledger_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/loyaltykit/loyalty/ledger"
	"github.com/loyaltykit/loyalty/ledger/memory"
)

// TestKeysAreSoughtWhenItMatters: a request under keys of its own loads its owner alone. Its keys are looked for when
// it would be refused, for it may be a repeat; when the commit has refused it; and for a while after a repeat.
func TestKeysAreSoughtWhenItMatters(t *testing.T) {
	type step struct {
		id          string
		op          ledger.Op
		reference   string
		want        error
		replayed    bool
		loads, keys int
	}
	earn, redeem := ledger.Earn{Unit: points, Points: 10}, ledger.Redeem{Unit: points, Points: 10}
	for _, tt := range []struct {
		name     string
		attempts int
		steps    []step
	}{
		{"new requests", 0, []step{
			{"a", earn, "", nil, false, 1, 0},
			{"b", redeem, "invoice 1", nil, false, 1, 0},
		}},
		{"refused", 0, []step{
			{"a", redeem, "", ledger.ErrInsufficientPoints, false, 2, 1},
			{"b", earn, "", nil, false, 1, 0},
		}},
		{"a repeat, and what comes after", 0, []step{
			{"a", earn, "", nil, false, 1, 0},
			{"a", earn, "", nil, true, 2, 1},
			{"a", earn, "", nil, true, 1, 1},
			{"b", earn, "", nil, false, 1, 1},
		}},
		{"a repeat that would be refused", 0, []step{
			{"a", earn, "", nil, false, 1, 0},
			{"b", redeem, "", nil, false, 1, 0},
			{"b", redeem, "", nil, true, 2, 1},
		}},
		{"a key used for something else", 0, []step{
			{"a", earn, "", nil, false, 1, 0},
			{"a", redeem, "", ledger.ErrKeyReused, false, 2, 1},
		}},
		{"a reference used before", 0, []step{
			{"a", earn, "invoice 1", nil, false, 1, 0},
			{"b", earn, "invoice 1", ledger.ErrReferenceUsed, false, 2, 2},
		}},
		{"what needs an earlier transaction", 0, []step{
			{"a", earn, "", nil, false, 1, 0},
			{"b", ledger.Reverse{Of: "a"}, "", nil, false, 1, 3},
		}},
		{"conflicts are the caller's", 1, []step{
			{"a", earn, "", nil, false, 1, 1},
			{"a", earn, "", nil, true, 1, 1},
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := &slow{Store: memory.New()}
			l, err := ledger.New(ledger.Config{Store: s, Attempts: tt.attempts})
			if err != nil {
				t.Fatal(err)
			}
			for i, st := range tt.steps {
				s.loads, s.keys = 0, 0
				got, err := l.Post(t.Context(), ledger.Request{Owner: "m", ID: st.id, At: day(1), Reference: st.reference}, st.op)
				if !errors.Is(err, st.want) || got.Replayed != st.replayed {
					t.Errorf("%d: got %v, replayed %v; want %v, %v", i, err, got.Replayed, st.want, st.replayed)
				}
				equal(t, fmt.Sprint(i, ": loads"), st.loads, s.loads)
				equal(t, fmt.Sprint(i, ": keys"), st.keys, s.keys)
			}
		})
	}
}

// TestWarinessEnds: after a repeat a number of requests look for their keys, and then none any more.
func TestWarinessEnds(t *testing.T) {
	s := &slow{Store: memory.New()}
	l, err := ledger.New(ledger.Config{Store: s})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 200 {
		id := fmt.Sprint(max(i, 1)) // 1 comes twice
		if _, err := l.Post(t.Context(), ledger.Request{Owner: "m", ID: id, At: day(1)}, ledger.Earn{Unit: points, Points: 1}); err != nil {
			t.Fatal(err)
		}
	}
	equal(t, "loads", 201, s.loads)
	equal(t, "keys", 1+64, s.keys)
}
