package ledgertest

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/loyaltykit/loyalty/ledger"
)

// call does something to the ledger, has the model decide the same, and holds one
// against the other. It tells what the store did and the ledger said.
func (s *simulation) call(owners []string, what func() string, ask func() error, decide func(call) error) (call, error) {
	outer := s.store.call
	s.store.call = &call{}
	err := ask()
	got := *s.store.call
	s.store.call = outer
	s.note(func() string { return fmt.Sprintf("%s\n            %+v: %v", what(), got, err) })
	want := decide(got)
	wrote := len(s.model.dirty) > 0
	switch {
	case got.applied > 1:
		s.fail("%d commits of one request", got.applied)
	case got.applied == 1 && !wrote:
		s.fail("the ledger wrote what it must not: want error %v, or nothing new", want)
	case got.applied == 1:
		if err != nil && !(errors.Is(err, ledger.ErrUnknownOutcome) && got.lied) {
			s.fail("the ledger wrote, and yet gave the error %w", err)
		}
		s.model.commit()
		s.granted++
	default:
		s.model.rollback(0)
		s.unwritten(got, err, want, wrote)
	}
	s.check(owners)
	return got, err
}

// unwritten tells whether it is in order that nothing was written.
func (s *simulation) unwritten(got call, err, want error, wrote bool) {
	switch {
	case errors.Is(err, errInjected) && got.failed, errors.Is(err, ledger.ErrConflict) && got.conflict:
	case got.stale && !errors.Is(err, errInjected) && !errors.Is(err, ledger.ErrConflict):
		// Refused, or taken for done, as things stood a moment before: it may be sent again.
	case err == nil && wrote:
		s.fail("acknowledged, but nothing was written")
	case want == nil && err != nil, !errors.Is(err, want):
		s.fail("got error %v, want %v", err, want)
	}
}

// deliver posts a command by itself.
func (s *simulation) deliver(books *ledger.Ledger, c *command) {
	at := s.clock()
	req, ops := c.deliver(at)
	var receipt ledger.Receipt
	var replayed bool
	what := func() string { return printed(c, at) }
	got, err := s.call(ledger.Owners(req, ops...), what, func() (err error) {
		receipt, err = books.Post(s.ctx, req, ops...)
		return err
	}, func(call) (err error) {
		replayed, err = s.model.post(c, at)
		return err
	})
	if err == nil {
		s.checkReceipt(c, receipt, replayed || got.lied, got.stale)
	}
	s.again(c, err)
}

// printed shows a command with the types of its operations.
func printed(c *command, at int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %q at %s (minute %d)", c.req.Owner, c.req.ID, c.req.Reference, moment(at).Format("2006-01-02 15:04"), at)
	if !c.req.Time.IsZero() {
		fmt.Fprint(&b, ", of minute ", minuteOf(c.req.Time))
	}
	for _, op := range c.ops {
		fmt.Fprintf(&b, "\n            %T%+v", op, op)
	}
	return b.String()
}

// batch posts several commands in one commit.
func (s *simulation) batch(books *ledger.Ledger) {
	var commands []*command
	var items []ledger.Item
	var owners []string
	at := s.clock()
	for range 1 + s.rand.IntN(6) {
		c := s.next(pick(s, s.members))
		req, ops := c.deliver(at)
		commands, items = append(commands, c), append(items, ledger.Item{Request: req, Ops: ops})
		owners = append(owners, ledger.Owners(req, ops...)...)
	}
	all := s.one(4)
	var outcomes []ledger.Outcome
	want := make([]error, len(commands))
	what := func() string {
		var b strings.Builder
		fmt.Fprintf(&b, "batch of %d, all or none: %v", len(commands), all)
		for _, c := range commands {
			b.WriteString("\n         " + printed(c, at))
		}
		return b.String()
	}
	got, err := s.call(owners, what, func() (err error) {
		if all {
			_, err = books.PostAll(s.ctx, items)
			return err
		}
		outcomes, err = books.PostBatch(s.ctx, items)
		return err
	}, func(got call) error {
		for i, c := range commands {
			if got.behind && !s.committed(c) {
				continue // refused as things stood a moment before: it may be sent again
			}
			if _, want[i] = s.model.post(c, at); want[i] != nil && all {
				s.model.rollback(0)
				return want[i]
			}
		}
		return nil
	})
	for i, c := range commands {
		if outcomes != nil && !got.stale && !got.behind {
			s.checkOutcome(i, outcomes[i].Err, want[i], got.lied)
		}
		s.again(c, err)
	}
}

// checkOutcome holds an item of a batch against the model. What was refused was, after an
// error in committing the others, decided again as things stood then: refused it must be, but
// it may be for another reason.
func (s *simulation) checkOutcome(i int, got, want error, again bool) {
	if (got == nil) != (want == nil) || !again && !errors.Is(got, want) {
		s.fail("item %d of the batch: got error %v, want %v", i, got, want)
	}
}

// committed tells whether a command is among what was committed last.
func (s *simulation) committed(c *command) bool {
	last := s.store.recent[len(s.store.recent)-1]
	return slices.ContainsFunc(last.Transactions, func(tx ledger.Transaction) bool {
		return tx.Key == ledger.Key{Owner: c.req.Owner, ID: c.req.ID}
	})
}

func (s *simulation) tick(books *ledger.Ledger, owner string) {
	at := s.clock()
	s.call([]string{owner}, func() string { return fmt.Sprintf("tick of %s at minute %d", owner, at) }, func() error {
		return books.Tick(s.ctx, owner, moment(at))
	}, func(call) error {
		s.model.tick(owner, at)
		return nil
	})
}

// erase takes the personal detail out of a member's books, on a store that does not fail: how
// many commits that takes is not the model's affair.
func (s *simulation) erase(owner string) {
	s.store.calm = true
	before := s.store.commits
	s.note(func() string { return "erase " + owner })
	s.ok(s.books.Erase(s.ctx, owner))
	s.store.calm = false
	o := s.model.owner(owner)
	o.version += int64(s.store.commits - before)
	o.docs, o.docsDue = nil, 0
	s.check([]string{owner})
	for _, tx := range s.history(ledger.Query{Owner: owner, Limit: 5}) {
		if tx.Key.Owner == owner && (tx.Reason != "" && tx.Reason != "timeout" || tx.Actor != "" || len(tx.Details) > 0) {
			s.fail("%s is not erased", tx.Key)
		}
	}
}
