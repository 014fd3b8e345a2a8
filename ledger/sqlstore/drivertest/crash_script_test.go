package drivertest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/loyaltykit/loyalty/ledger"
)

// script is what one client asks for, request after request. A request follows
// from its number, so that after a crash the same one can be sent again.
type script struct {
	seed   uint64
	client int
}

const (
	crashClients = 4
	crashMembers = 3 // of each client's own
	// crashPool is an owner to whom all clients give, so that they get in each
	// other's way and some commits have two owners.
	crashPool = "pool"
)

func (s script) owners() []string {
	owners := make([]string, crashMembers)
	for i := range owners {
		owners[i] = fmt.Sprintf("client%d-member%d", s.client, i)
	}
	return owners
}

func requestID(n int) string { return fmt.Sprintf("request-%d", n) }

// draw gives the owner and the kind of request n, and chance for the rest of it.
func (s script) draw(n int) (owner string, kind ledger.Kind, chance *rand.Rand) {
	chance = rand.New(rand.NewPCG(s.seed, uint64(s.client)<<32|uint64(n)))
	owner = s.owners()[chance.IntN(crashMembers)]
	kinds := []ledger.Kind{
		ledger.KindEarn, ledger.KindEarn, ledger.KindEarn, "order", ledger.KindRedeem,
		ledger.KindHold, ledger.KindCapture, ledger.KindRelease, ledger.KindGift,
	}
	return owner, kinds[chance.IntN(len(kinds))], chance
}

// lastHold is the id of the owner's last request of a hold before n, granted or not.
func (s script) lastHold(owner string, n int) (id string, ok bool) {
	for i := n - 1; i >= max(0, n-100); i-- {
		if o, kind, _ := s.draw(i); o == owner && kind == ledger.KindHold {
			return requestID(i), true
		}
	}
	return "", false
}

// request is the client's request n. A minute passes from one to the next.
func (s script) request(n int) (ledger.Request, []ledger.Op) {
	owner, kind, chance := s.draw(n)
	at := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(n) * time.Minute)
	points := int64(8 + chance.IntN(300)) // what an eighth of is still some
	earn := ledger.Earn{Unit: ledger.DefaultUnit, Points: points}
	if chance.IntN(2) == 0 {
		earn.Expires = at.Add(time.Duration(5+chance.IntN(60)) * time.Minute)
	}
	req := ledger.Request{Owner: owner, ID: requestID(n), At: at, Reason: "a reason of some length, as the host gives one"}
	hold, ok := s.lastHold(owner, n)
	switch {
	case kind == "order":
		req.Kind, req.Reference = kind, fmt.Sprintf("order-%d", n)
		req.Details = json.RawMessage(fmt.Sprintf(`{"sum": "%d.00"}`, points))
		return req, []ledger.Op{earn, ledger.Redeem{Unit: ledger.DefaultUnit, Points: points / 2, UpTo: true}}
	case kind == ledger.KindRedeem:
		return req, []ledger.Op{ledger.Redeem{Unit: ledger.DefaultUnit, Points: points}}
	case kind == ledger.KindHold:
		return req, []ledger.Op{ledger.PlaceHold{Unit: ledger.DefaultUnit, Points: points / 4, Until: at.Add(20 * time.Minute)}}
	case kind == ledger.KindCapture && ok:
		return req, []ledger.Op{ledger.Capture{Hold: hold, Points: points / 8}}
	case kind == ledger.KindRelease && ok:
		return req, []ledger.Op{ledger.Release{Hold: hold}}
	case kind == ledger.KindGift:
		return req, []ledger.Op{ledger.Gift{To: crashPool, Unit: ledger.DefaultUnit, Points: 1 + points/4}}
	}
	return req, []ledger.Op{earn}
}

// outcome is what became of a request: the hash of its transaction in the owner's
// history, or zero when it was refused. The hash covers all that came before, too.
type outcome struct{ ledger.Hash }

// send sends request n. An error is neither a grant nor a refusal: the request may
// have taken effect.
func (s script) send(ctx context.Context, l *ledger.Ledger, n int) (o outcome, replayed bool, err error) {
	req, ops := s.request(n)
	got, err := l.Post(ctx, req, ops...)
	switch {
	case err == nil:
		link, _ := got.Transaction.Link(req.Owner)
		return outcome{link.Hash}, got.Replayed, nil
	case errors.Is(err, ledger.ErrInsufficientPoints),
		errors.Is(err, ledger.ErrHoldNotFound), errors.Is(err, ledger.ErrHoldExpired),
		errors.Is(err, ledger.ErrHoldCaptured), errors.Is(err, ledger.ErrHoldReleased):
		return outcome{}, false, nil
	}
	return outcome{}, false, fmt.Errorf("client %d, request %d: %w", s.client, n, err)
}
