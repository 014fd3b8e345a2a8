package ledger

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Key is the identity of a transaction: unique within its home owner, the one
// who caused it.
type Key struct {
	Owner string `json:"owner"`
	ID    string `json:"id"`
}

func (k Key) String() string { return k.Owner + "/" + k.ID }

// Kind is the sort of a transaction.
type Kind string

// The kinds the ledger's own operations make. A Request may name another, such
// as "order", for a transaction of several operations.
const (
	KindEarn      Kind = "earn"
	KindRedeem    Kind = "redeem"
	KindHold      Kind = "hold"
	KindCapture   Kind = "capture"
	KindRelease   Kind = "release" // of a hold, asked for or timed out
	KindReverse   Kind = "reverse"
	KindClawback  Kind = "clawback"
	KindReturn    Kind = "return"
	KindExpire    Kind = "expire"
	KindActivate  Kind = "activate"
	KindGift      Kind = "gift"
	KindAdjust    Kind = "adjust"
	KindExtend    Kind = "extend"
	KindReinstate Kind = "reinstate"
	KindOpening   Kind = "opening"
	KindMerge     Kind = "merge"
	KindClose     Kind = "close"
	KindOffset    Kind = "offset" // points that came free by time alone and paid a debt
)

// Transaction is one immutable entry in the books.
type Transaction struct {
	Key         Key             `json:"key"`
	Reference   string          `json:"reference,omitempty"` // the host's own number for it, unique within the owner; may be empty
	Aliases     []string        `json:"aliases,omitempty"`   // further ids that only one transaction of the owner may ever take
	Fingerprint Hash            `json:"fingerprint,omitzero"`
	Kind        Kind            `json:"kind"`
	Time        time.Time       `json:"time"`     // when it took effect
	Recorded    time.Time       `json:"recorded"` // when it was written
	Reason      string          `json:"reason,omitempty"`
	Actor       string          `json:"actor,omitempty"`
	Postings    []Posting       `json:"postings,omitempty"`
	Details     json.RawMessage `json:"details,omitempty"` // the host's, kept byte for byte
	// Erased is the digest of the Reason, Actor and Details that were taken out when
	// the owner asked to be forgotten; zero when nothing was.
	Erased Hash `json:"erased,omitzero"`
	// Links has the transaction's place in the history of each owner it touches,
	// by owner.
	Links []Link `json:"links"`
}

// Link is a transaction's place in one owner's history.
type Link struct {
	Owner string `json:"owner"`
	Seq   int64  `json:"seq"`           // 1, 2, 3 … without a gap
	Prev  Hash   `json:"prev,omitzero"` // Hash of the owner's transaction before; zero for the first
	Hash  Hash   `json:"hash"`          // covers Prev and the whole transaction
	// After is the owner's total (Balance.Total) in each unit the transaction moved.
	After []Amount `json:"after,omitempty"`
}

// Amount is points of a unit.
type Amount struct {
	Unit   string `json:"unit"`
	Points int64  `json:"points"`
}

// Link gives the transaction's place in an owner's history.
func (t *Transaction) Link(owner string) (Link, bool) {
	for _, l := range t.Links {
		if l.Owner == owner {
			return l, true
		}
	}
	return Link{}, false
}

// IDs are all the ids the transaction takes among its home owner's, its own
// first. A Store answers Load by any of them, and refuses a Commit that would
// take one twice.
func (t *Transaction) IDs() []string {
	ids := make([]string, 0, 2+len(t.Aliases))
	ids = append(ids, t.Key.ID)
	if t.Reference != "" {
		ids = append(ids, ReferenceID(t.Reference))
	}
	return append(ids, t.Aliases...)
}

// Has tells whether id is one of IDs.
func (t *Transaction) Has(id string) bool {
	if ref, ok := strings.CutPrefix(id, referencePrefix); ok {
		return ref == t.Reference && ref != ""
	}
	return t.Key.ID == id || slices.Contains(t.Aliases, id)
}

// Net is what the transaction adds to an owner's total of a unit.
func (t *Transaction) Net(owner, unit string) int64 {
	var n int64
	for _, p := range t.Postings {
		if p.Unit == unit {
			n += p.Net(owner)
		}
	}
	return n
}

// moves tells whether a posting of a unit has an end with the owner.
func (t *Transaction) moves(owner, unit string) bool {
	for i := range t.Postings {
		if p := &t.Postings[i]; p.Unit == unit && (p.From.Owner == owner || p.To.Owner == owner) {
			return true
		}
	}
	return false
}

// Ids that begin with reserved are the ledger's own; a Request may not.
const (
	reserved        = "~"
	referencePrefix = reserved + "ref/"
)

func isReserved(id string) bool { return strings.HasPrefix(id, reserved) }

// ReferenceID is the id under which a Reference is found: Key{owner, ReferenceID(ref)}.
func ReferenceID(reference string) string { return referencePrefix + reference }

func closeID(hold string) string { return reserved + "close/" + hold }
func reverseID(of string) string { return reserved + "reverse/" + of }

func reinstateID(of string) string { return reserved + "reinstate/" + of }
func tickID(seq int64) string      { return fmt.Sprintf("%stick/%d", reserved, seq) }

// Hash is a SHA-256 sum; in text it is lower-case hexadecimal.
type Hash [32]byte

// IsZero tells whether there is no hash.
func (h Hash) IsZero() bool { return h == Hash{} }

func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// MarshalText implements encoding.TextMarshaler.
func (h Hash) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, h[:]), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (h *Hash) UnmarshalText(text []byte) error {
	if len(text) != 2*len(h) {
		return invalid("hash", "%d characters, want %d", len(text), 2*len(h))
	}
	if _, err := hex.Decode(h[:], text); err != nil {
		return invalid("hash", "not hexadecimal")
	}
	return nil
}
