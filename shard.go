package loyalty

import (
	"encoding/json"
	"hash/fnv"
	"slices"
	"strconv"
	"time"

	"github.com/loyaltykit/loyalty/ledger"
	"github.com/loyaltykit/loyalty/rules"
)

// docBudget is the one document of a shard.
const docBudget = "budget"

// filling is what has been put into a shard.
type filling struct {
	// Full is what the definition had in the whole budget when it was last spread over the
	// shards: the same in all of them.
	Full  int64 `json:"full"`
	Put   int64 `json:"put,omitempty"`   // into this one, less what was taken out other than by awards
	Added int64 `json:"added,omitempty"` // to the whole budget by hand; in the first shard alone
}

// budgetIssued makes everything in a shard one lot.
var budgetIssued = time.Unix(0, 0).UTC()

var budgetLot = ledger.Terms{Issued: budgetIssued}.ID()

// shardOwner owns the i-th record of a budget.
func shardOwner(key string, i int) string {
	owner := key + "/" + strconv.Itoa(i)
	if len(owner) > ledger.MaxID {
		owner = budgetPrefix + ownID("budget", key) + "/" + strconv.Itoa(i)
	}
	return owner
}

func shardOwners(key string) []string {
	owners := make([]string, BudgetShards)
	for i := range owners {
		owners[i] = shardOwner(key, i)
	}
	return owners
}

// homeShard is the shard a member draws on first.
func homeShard(member string) int {
	h := fnv.New32a()
	h.Write([]byte(member))
	return int(h.Sum32() % BudgetShards)
}

// shard is one record of a budget as a decision finds it.
type shard struct {
	owner string
	has   int64
	spent int64 // what may be given back to it
	put   int64 // what is to be put in, or taken out when below zero
	was   filling
	doc   filling
}

func (s *shard) left() int64 { return s.has + s.put }

// shards reads some of a budget's records.
func (t *turn) shards(key string, at ...int) ([]shard, error) {
	owners := make([]string, len(at))
	for i, n := range at {
		owners[i] = shardOwner(key, n)
	}
	if err := t.scope.want(owners); err != nil {
		return nil, err
	}
	list := make([]shard, len(at))
	for i := range at {
		s := &list[i]
		s.owner = owners[i]
		rec := t.draft.Record(s.owner)
		if err := read(rec, docBudget, &s.doc); err != nil {
			return nil, err
		}
		s.was = s.doc
		account := rec.Account(BudgetUnit)
		b := account.Balance(t.now)
		s.has, s.spent = b.Available, b.Spent
	}
	return list, nil
}

// allShards reads all of them, a member's own first. If the definition has another amount than when
// it was last spread, they are to be filled anew.
func (t *turn) allShards(need *rules.Need, member string) ([]shard, error) {
	list, err := t.shards(need.Key, around(member)...)
	if err == nil && list[0].doc.Full != amountOf(need.Full) {
		fill(list, amountOf(need.Full))
	}
	return list, err
}

// fill spreads what is left of a budget evenly: what the definition has in it and what was added,
// less what has been spent of it by whichever shard.
func fill(list []shard, full int64) {
	left := full
	for i := range list {
		d := &list[i].doc
		d.Full = full
		left += d.Added - (d.Put - list[i].has)
	}
	left = max(left, 0)
	n := int64(len(list))
	for i := range list {
		s := &list[i]
		s.put = portion(left, int64(i)+1, n) - portion(left, int64(i), n) - s.has
		s.doc.Put += s.put
	}
}

// around are all shards, from a member's own on.
func around(member string) []int {
	at := inOrder()
	home := homeShard(member)
	return append(at[home:], at[:home]...)
}

func inOrder() []int {
	at := make([]int, BudgetShards)
	for i := range at {
		at[i] = i
	}
	return at
}

// post fills a shard as it is to be filled, and posts what is asked. What was added by hand is on
// record even where it fills a hole.
func (s *shard) post(d *ledger.Draft, req ledger.Request, ops ...ledger.Op) error {
	switch {
	case s.put > 0:
		ops = slices.Insert(ops, 0, ledger.Op(ledger.Earn{Unit: BudgetUnit, Points: s.put, Issued: budgetIssued, Reason: "put in"}))
	case s.put < 0:
		ops = slices.Insert(ops, 0, ledger.Op(ledger.Redeem{Unit: BudgetUnit, Points: -s.put, Flow: flowWithdrawn, Reason: "taken out"}))
	}
	if len(ops) > 0 || s.doc.Added != s.was.Added {
		if _, err := d.Post(req, ops...); err != nil {
			return err
		}
	}
	if s.doc == s.was {
		return nil
	}
	doc, err := json.Marshal(s.doc)
	if err != nil {
		return err
	}
	d.SetDoc(s.owner, docBudget, doc)
	return nil
}
