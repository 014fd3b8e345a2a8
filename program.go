package loyalty

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/loyaltykit/loyalty/ledger"
	"github.com/loyaltykit/loyalty/rules"
)

// Config says what a Program works with.
type Config struct {
	Store   ledger.Store // where everything is kept; required
	Program Definition
	Now     func() time.Time // the clock; nil is time.Now
	// Rules are passed to rules.Compile, such as rules.WithExpressions.
	Rules []rules.CompileOption
	// Secret makes the numbers of draws; needed where rules draw. Publish its rules.Commitment before the
	// first draw, and the secret itself after the last.
	Secret []byte
	// Review may lower or veto what the rules award, before it is written; nil lets everything pass.
	Review Reviewer
	// Attempts bounds how often an event is decided again after a conflict; 0 is 10.
	// 1 leaves conflicts to the host, as a store bound to the host's own transaction requires.
	Attempts int
}

// Program runs a loyalty programme. It is safe for concurrent use and keeps no
// state of its own: any number of processes may run the same programme on one Store.
type Program struct {
	*programme
	ledger *ledger.Ledger
	now    func() time.Time
}

// New compiles the definition and reports all its problems at once.
func New(c Config) (*Program, error) {
	var errs []error
	if c.Store == nil {
		errs = append(errs, invalid("store", "is missing"))
	}
	compiled, err := compile(c.Program, slices.Clone(c.Secret), c.Rules...)
	if err := errors.Join(append(errs, err)...); err != nil {
		return nil, err
	}
	compiled.reviewer = c.Review
	books, err := ledger.New(ledger.Config{Store: c.Store, Units: compiled.units(), Attempts: c.Attempts})
	if err != nil {
		return nil, err
	}
	p := &Program{programme: compiled, ledger: books, now: c.Now}
	if p.now == nil {
		p.now = time.Now
	}
	return p, nil
}

// Ledger is the programme's books, for what goes beyond events: adjustments,
// reversals, audits.
func (p *Program) Ledger() *ledger.Ledger { return p.ledger }

// Process decides an event and makes everything it changes durable in one commit:
// points, tier and usage of limits together. The same event again gives the first
// result, flagged as replayed, and changes nothing.
//
// Errors: ErrInvalid (naming the field), ErrUnknownMember, ErrAlreadyMember,
// ErrUnknownOrder, ErrReturnExceeds, ErrClaimed, ErrReferral; those of the ledger, such as ErrKeyReused,
// ErrReferenceUsed for an order that came under another event's ID before, and
// ErrInsufficientPoints; and the store's own. After an error nothing is written
// and the event may be sent again.
func (p *Program) Process(ctx context.Context, e Event) (Result, error) {
	if err := e.validate(); err != nil {
		return Result{}, err
	}
	var r Result
	loaded := e.scope()
	err := p.update(ctx, &loaded, func(d *ledger.Draft) (err error) {
		r, err = p.decide(d, &loaded, &e, p.now(), false)
		return err
	})
	if err != nil {
		return Result{}, err
	}
	return r, nil
}

// Quote tells what Process would come to now, and why, without writing anything. It draws
// no prizes: what chance will give is not told beforehand. The event needs no ID.
func (p *Program) Quote(ctx context.Context, e Event) (Result, error) {
	if e.ID == "" {
		e.ID = "quote"
	}
	if err := e.validate(); err != nil {
		return Result{}, err
	}
	var r Result
	loaded := e.scope()
	err := p.preview(ctx, &loaded, func(d *ledger.Draft) (err error) {
		r, err = p.decide(d, &loaded, &e, p.now(), true)
		return err
	})
	if err != nil {
		return Result{}, err
	}
	return r, nil
}

// scope is what an event's decision looks at in any case.
func (e *Event) scope() scope {
	s := scope{owners: []string{e.Member}, keys: e.keys()}
	for _, c := range e.Claims {
		s.owners = append(s.owners, claimOwner(c))
	}
	return s
}

// keys are the transactions an event's decision looks at.
func (e *Event) keys() []ledger.Key {
	req := ledger.Request{Owner: e.Member, ID: e.ID}
	switch {
	case e.Order != nil:
		req.Reference = orderReference(e.Order.ID)
	case e.Refund != nil:
		req.Reference = orderReference(e.Refund.Order)
	}
	if e.Spend != nil && e.Spend.Hold != "" {
		return ledger.Keys(req, ledger.Capture{Hold: e.Spend.Hold})
	}
	keys := ledger.Keys(req)
	if e.Refund != nil {
		keys = append(keys, backKey(e.Member, req.Reference, 1))
	}
	return keys
}
