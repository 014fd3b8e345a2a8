package loyalty

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/loyaltykit/loyalty/ledger"
)

// MaxClaims is how many claims an event may make.
const MaxClaims = 10

// ErrClaimed: an event claims what another event has claimed before. It comes as a
// *ClaimError that names it.
var ErrClaimed = errors.New("loyalty: already claimed")

// ClaimError says what was claimed, and by which event.
type ClaimError struct {
	Claim  string
	Member string // whose event it was; nothing to show to another member
	Event  string
}

func (e *ClaimError) Error() string { return fmt.Sprintf("loyalty: already claimed: %s", e.Claim) }
func (e *ClaimError) Unwrap() error { return ErrClaimed }

// docClaim is the one document of a claim's record.
const docClaim = "claim"

// claim is who has claimed.
type claim struct {
	Member string `json:"member"`
	Event  string `json:"event"`
}

// claimOwner owns the record of a claim: a record of its own, so that whoever comes second,
// from whichever process, finds it taken.
func claimOwner(name string) string { return claimPrefix + name }

func (e *Event) validateClaims() error {
	if len(e.Claims) > MaxClaims {
		return invalid("claims", "%d claims, at most %d", len(e.Claims), MaxClaims)
	}
	for i, c := range e.Claims {
		field := fmt.Sprintf("claims[%d]", i)
		if c == "" {
			return invalid(field, "is empty")
		}
		if n := ledger.MaxID - len(claimPrefix); len(c) > n {
			return invalid(field, "%d bytes, at most %d", len(c), n)
		}
		for j, other := range e.Claims[:i] {
			if c == other {
				return invalid(field, "%.80q is also claims[%d]", c, j)
			}
		}
	}
	return nil
}

// claim takes what the event claims, or refuses it.
func (t *turn) claim() error {
	if len(t.event.Claims) == 0 {
		return nil
	}
	for _, name := range t.event.Claims {
		owner := claimOwner(name)
		rec := t.draft.Record(owner)
		if rec.Docs[docClaim] != nil {
			var by claim
			if err := read(rec, docClaim, &by); err != nil {
				return err
			}
			return &ClaimError{Claim: name, Member: by.Member, Event: by.Event}
		}
		doc, err := json.Marshal(claim{t.event.Member, t.event.ID})
		if err != nil {
			return err
		}
		t.draft.SetDoc(owner, docClaim, doc)
	}
	return nil
}

// The names of records that are no member's begin so.
const (
	claimPrefix  = "claim/"
	budgetPrefix = "budget/"
	stockPrefix  = "stock/"
)

var ownPrefixes = [...]string{claimPrefix, budgetPrefix, stockPrefix}

// own tells whether a record's name is one of the programme's own.
func own(name string) bool {
	for _, p := range ownPrefixes {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	return false
}
