package loyalty_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/loyaltykit/loyalty"
)

// TestClaimedOnce: of all events of all members, however many come at once; the one that has it may
// be sent again, one that is refused has claimed nothing.
func TestClaimedOnce(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, shop())
	var wg sync.WaitGroup
	errs := make([]error, 16)
	for i := range errs {
		w.join(fmt.Sprint(i), "")
	}
	scan := func(i int) loyalty.Event {
		return loyalty.Event{ID: "scan", Type: loyalty.TypeCheckIn, Member: fmt.Sprint(i), Time: newYear, Claims: []string{fmt.Sprint("own/", i), "receipt/1"}}
	}
	for i := range errs {
		wg.Go(func() { _, errs[i] = w.program.Process(ctx, scan(i)) })
	}
	wg.Wait()
	winner, won := -1, 0
	for i, err := range errs {
		if err == nil {
			winner, won = i, won+1
		}
	}
	w.equal("winners", 1, won)
	for i, err := range errs {
		if i == winner {
			continue
		}
		got, ok := errors.AsType[*loyalty.ClaimError](err)
		if !ok || !errors.Is(err, loyalty.ErrClaimed) {
			t.Fatalf("got %v", err)
		}
		w.equal("error", &loyalty.ClaimError{Claim: "receipt/1", Member: fmt.Sprint(winner), Event: "scan"}, got)
		w.equal("version", int64(1), w.record(fmt.Sprint(i)).Version)
		w.process(loyalty.Event{ID: "other", Type: loyalty.TypeCheckIn, Member: fmt.Sprint(i), Claims: []string{fmt.Sprint("own/", i)}})
	}
	w.equal("replayed", true, w.process(scan(winner)).Replayed)
	if _, err := w.program.Quote(ctx, loyalty.Event{Type: loyalty.TypeCheckIn, Member: fmt.Sprint(winner), Claims: []string{"receipt/1"}}); !errors.Is(err, loyalty.ErrClaimed) {
		t.Fatalf("quote: %v", err)
	}
}
