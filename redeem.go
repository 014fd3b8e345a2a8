package loyalty

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/loyaltykit/loyalty/ledger"
)

// Redemption spends points, at once or by way of a hold.
type Redemption struct {
	ID     string `json:"id"` // makes it safe to send again, among the member's events too; may not begin with "~" or "loyalty/"
	Member string `json:"member"`
	Points int64  `json:"points"`
	Unit   string `json:"unit,omitempty"`   // "" is the programme's
	Reason string `json:"reason,omitempty"` // for the statement
	Actor  string `json:"actor,omitempty"`  // who did it, when not the member
}

// Redeem spends points at once. Too few available is ledger.ErrInsufficientPoints,
// with the numbers.
func (p *Program) Redeem(ctx context.Context, r Redemption) (ledger.Receipt, error) {
	return p.post(ctx, r, ledger.Redeem{Unit: p.unit(r.Unit), Points: r.Points})
}

// Hold sets points aside until a moment (zero: until captured or released), for a
// checkout under way. Capture or Release it by the Redemption's ID, or let an order capture it as
// its Spend.Hold.
func (p *Program) Hold(ctx context.Context, r Redemption, until time.Time) (ledger.Receipt, error) {
	return p.post(ctx, r, ledger.PlaceHold{Unit: p.unit(r.Unit), Points: r.Points, Until: until})
}

// Capture spends a hold: r.Points of it, or all when 0. The rest goes back.
func (p *Program) Capture(ctx context.Context, hold string, r Redemption) (ledger.Receipt, error) {
	return p.post(ctx, r, ledger.Capture{Hold: hold, Points: r.Points})
}

// Release gives a hold back; under Inactivity, alone of these four, it is no activity. Of r, Points and Unit play no part.
func (p *Program) Release(ctx context.Context, hold string, r Redemption) (ledger.Receipt, error) {
	return p.post(ctx, r, ledger.Release{Hold: hold})
}

func (p *Program) unit(u string) string {
	if u == "" {
		return p.def.Unit
	}
	return u
}

func (p *Program) post(ctx context.Context, r Redemption, op ledger.Op) (ledger.Receipt, error) {
	if strings.HasPrefix(r.ID, ownIDs) {
		return ledger.Receipt{}, invalid("id", "may not begin with %q", ownIDs)
	}
	req := ledger.Request{Owner: r.Member, ID: r.ID, Reason: r.Reason, Actor: r.Actor, At: p.now()}
	if err := p.ledger.Check(req, op); err != nil {
		return ledger.Receipt{}, err
	}
	var got ledger.Receipt
	err := p.ledger.Update(ctx, []string{r.Member}, ledger.Keys(req, op), func(d *ledger.Draft) (err error) {
		if rec := d.Record(r.Member); rec.Docs[docMember] == nil {
			return fmt.Errorf("%w: %s", ErrUnknownMember, r.Member)
		}
		got, err = p.redeem(d, req, op)
		return err
	})
	if err != nil {
		return ledger.Receipt{}, err
	}
	return got, nil
}
