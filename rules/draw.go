package rules

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
)

// The arithmetic of draws: nothing here looks at rules or events, and anyone can
// repeat it in any language. Every text that is hashed is a sequence of fields, each
// its length as 8 bytes, big-endian, followed by its bytes; a number is a field of 8
// bytes, big-endian. So no two sequences of fields look alike.
//
//	commitment = SHA-256("loyalty draw commitment 1", secret)
//	odds       = SHA-256("loyalty draw odds 1", of, number of prizes,
//	             then of each its id, odds, points, outcome's kind, reference, quantity, and stock,
//	             then the guarantee's after and prize, and instead)
//	u(n)       = the first 8 bytes, as a number, of
//	             HMAC-SHA-256(secret, "loyalty draw number 1", odds, rule, event, member, n)
//	number     = u(n) mod of, for the first n = 0, 1, … with u(n) ≥ 2^64 mod of
//
// The last line leaves out the few u for which some numbers would come up more often
// than others.

// Draw is a lottery: prizes and their odds, which add up to Of. It is data, to be
// published as it stands.
type Draw struct {
	Of        int64     `json:"of"` // what all odds add up to
	Prizes    []Prize   `json:"prizes"`
	Guarantee Guarantee `json:"guarantee,omitzero"`
	Instead   string    `json:"instead,omitempty"` // the prize given when one is out of stock; "" is nothing
}

// Prize is what may be drawn: points, an outcome, or neither, which is a blank.
type Prize struct {
	ID      string  `json:"id"` // unique in the draw
	Odds    int64   `json:"odds"`
	Points  int64   `json:"points,omitempty"`
	Outcome Outcome `json:"outcome,omitzero"`
	Stock   int64   `json:"stock,omitempty"` // how many there are for all members together; 0 is no end of them
}

// Guarantee gives a member a prize after so many draws of the rule in a row without
// that prize or one as rare or rarer (by its odds).
type Guarantee struct {
	After int64  `json:"after,omitempty"` // 0: nothing is guaranteed
	Prize string `json:"prize,omitempty"`
}

// Ticket is what takes part in a draw. Together its fields are unique.
type Ticket struct {
	Rule   string `json:"rule"`
	Event  string `json:"event"`
	Member string `json:"member"`
}

// Drawn is the record of a draw, with which it can be checked once its secret is
// revealed: see [VerifyDraw].
type Drawn struct {
	Commitment string `json:"commitment"` // of the secret
	Odds       string `json:"odds"`       // [Draw.Hash] of what was drawn from
	Member     string `json:"member,omitempty"`
	Event      string `json:"event"`
	Number     int64  `json:"number"`          // from 0 to below Draw.Of
	Prize      string `json:"prize,omitempty"` // what was given
	// Because says why that is not the prize on which the number falls: DrawGuarantee
	// or DrawStock.
	Because string `json:"because,omitempty"`
	Misses  int64  `json:"misses,omitempty"` // draws in a row before this one that missed what is guaranteed
	Won     bool   `json:"won,omitempty"`    // it gave what is guaranteed, or what is as rare or rarer
}

// Reasons in [Drawn.Because].
const (
	DrawGuarantee = "guarantee"
	DrawStock     = "stock"
)

// ErrDraw reports a draw that is not what its secret makes of it.
var ErrDraw = errors.New("rules: the draw does not verify")

// Commitment returns what is to be published before the first draw with a secret,
// so that the secret, revealed after the last, can be told to be the same. Choose
// a secret of at least [MinSecret] random bytes for each campaign, and keep it until then.
func Commitment(secret []byte) string {
	h := sha256.New()
	writeText(h, "loyalty draw commitment 1")
	writeText(h, string(secret))
	return hex.EncodeToString(h.Sum(nil))
}

// Hash returns a hash of everything that decides what is drawn and how likely.
func (d Draw) Hash() string { return hex.EncodeToString(d.sum()) }

func (d *Draw) sum() []byte {
	h := sha256.New()
	writeText(h, "loyalty draw odds 1")
	writeNumber(h, uint64(d.Of))
	writeNumber(h, uint64(len(d.Prizes)))
	for i := range d.Prizes {
		p := &d.Prizes[i]
		writeText(h, p.ID)
		writeNumber(h, uint64(p.Odds))
		writeNumber(h, uint64(p.Points))
		writeText(h, p.Outcome.Kind)
		writeText(h, p.Outcome.Reference)
		writeNumber(h, uint64(p.Outcome.Quantity))
		writeNumber(h, uint64(p.Stock))
	}
	writeNumber(h, uint64(d.Guarantee.After))
	writeText(h, d.Guarantee.Prize)
	writeText(h, d.Instead)
	return h.Sum(nil)
}

// drawNumber returns the number that a ticket draws, from 0 to below of.
func drawNumber(secret, odds []byte, t Ticket, of uint64) uint64 {
	unfair := -of % of // 2^64 mod of
	for n := uint64(0); ; n++ {
		h := hmac.New(sha256.New, secret)
		writeText(h, "loyalty draw number 1")
		writeText(h, string(odds))
		writeText(h, t.Rule)
		writeText(h, t.Event)
		writeText(h, t.Member)
		writeNumber(h, n)
		if u := binary.BigEndian.Uint64(h.Sum(nil)); u >= unfair {
			return u % of
		}
	}
}

func writeText(h hash.Hash, s string) {
	var length [8]byte
	binary.BigEndian.PutUint64(length[:], uint64(len(s)))
	h.Write(length[:])
	h.Write([]byte(s))
}

func writeNumber(h hash.Hash, n uint64) {
	writeText(h, string(binary.BigEndian.AppendUint64(nil, n)))
}

// prizeOf returns the prize on which a number falls: the first has the lowest numbers.
func (d *Draw) prizeOf(number int64) *Prize {
	for i := range d.Prizes {
		if number -= d.Prizes[i].Odds; number < 0 {
			return &d.Prizes[i]
		}
	}
	return nil
}

// prize returns the prize of that ID, nil when there is none.
func (d *Draw) prize(id string) *Prize {
	for i := range d.Prizes {
		if d.Prizes[i].ID == id {
			return &d.Prizes[i]
		}
	}
	return nil
}

// wins reports whether a prize is what is guaranteed, or as rare or rarer.
func (d *Draw) wins(p *Prize) bool {
	g := d.prize(d.Guarantee.Prize)
	return g != nil && p != nil && p.Odds <= g.Odds
}

// settle returns the prize for a number after so many misses. left tells how many of
// a prize that is limited in stock there are.
func (d *Draw) settle(number, misses int64, left func(*Prize) (int64, error)) (p *Prize, because string, err error) {
	p = d.prizeOf(number)
	if g := d.Guarantee; g.After > 0 && misses >= g.After && !d.wins(p) {
		p, because = d.prize(g.Prize), DrawGuarantee
	}
	if p == nil || p.Stock == 0 {
		return p, because, nil
	}
	n, err := left(p)
	if n <= 0 {
		return d.prize(d.Instead), DrawStock, err
	}
	return p, because, err
}

// VerifyDraw checks the record of a draw by a rule against its secret and its
// published odds, and returns an error that says what is wrong ([ErrDraw]), or nil.
// The odds must be those of a definition that compiles.
//
// How many draws in a row a member had missed, and what was left in stock, are taken
// from the record: that it is complete is for the history of all draws to show.
func VerifyDraw(secret []byte, rule string, d Draw, got Drawn) error {
	if c := Commitment(secret); c != got.Commitment {
		return fmt.Errorf("%w: the secret has the commitment %s, not %s", ErrDraw, c, got.Commitment)
	}
	if h := d.Hash(); h != got.Odds {
		return fmt.Errorf("%w: the odds have the hash %s, not %s", ErrDraw, h, got.Odds)
	}
	if d.Of <= 0 {
		return fmt.Errorf("%w: there are no odds", ErrDraw)
	}
	number := int64(drawNumber(secret, d.sum(), Ticket{rule, got.Event, got.Member}, uint64(d.Of)))
	if number != got.Number {
		return fmt.Errorf("%w: the number is %d, not %d", ErrDraw, number, got.Number)
	}
	left := int64(1)
	if got.Because == DrawStock {
		left = 0
	}
	p, because, _ := d.settle(number, got.Misses, func(*Prize) (int64, error) { return left, nil })
	id := ""
	if p != nil {
		id = p.ID
	}
	switch {
	case id != got.Prize || because != got.Because:
		return fmt.Errorf("%w: number %d gives the prize %s %s, not %s %s", ErrDraw, number, quote(id), because, quote(got.Prize), got.Because)
	case d.wins(p) != got.Won:
		return fmt.Errorf("%w: the prize %s is said to be what is guaranteed, or not", ErrDraw, quote(id))
	}
	return nil
}
