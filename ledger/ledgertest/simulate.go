package ledgertest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/loyaltykit/loyalty/ledger"
	"github.com/loyaltykit/loyalty/ledger/memory"
)

// Simulation says what to simulate. The zero value is the usual run on a store in memory.
type Simulation struct {
	Seed  uint64
	Steps int                 // 0 is DefaultSteps
	Store func() ledger.Store // gives an empty store, one for every RoundSteps steps; nil is memory.New
}

const (
	// DefaultSteps is how many steps a Simulation has that names none.
	DefaultSteps = 200_000
	// RoundSteps is how many steps are made on one store before all begins anew, with the next seed.
	RoundSteps = 10_000
)

// Simulate sends random requests of random members (every operation there is, alone,
// together and in batches) to ledgers on a store that now and then reports a conflict,
// fails before or after it has committed, answers with what was true before, or has another
// process write in between; requests come late, twice, and in another order. After every
// step all that was touched is held against a plain model.
//
// All of it comes from the seed: there is no goroutine and no clock. The error, if any, says
// which seed and step it is of, what came before, and how to see it again.
func Simulate(ctx context.Context, sim Simulation) error {
	if sim.Steps == 0 {
		sim.Steps = DefaultSteps
	}
	if sim.Store == nil {
		sim.Store = func() ledger.Store { return memory.New() }
	}
	for seed, left := sim.Seed, sim.Steps; left > 0; seed, left = seed+1, left-RoundSteps {
		s, err := newSimulation(ctx, seed, sim.Store())
		if err != nil {
			return err
		}
		if err := s.run(min(left, RoundSteps)); err != nil {
			return err
		}
	}
	return nil
}

// simAgents are owners who have allowances to give.
var simAgents = []string{"agent 1", "agent 2"}

// simulation is one round under way.
type simulation struct {
	ctx     context.Context
	rand    *rand.Rand
	seed    uint64
	step    int
	now     int // the minute
	store   *faults
	model   *model
	proof   map[string]*proof
	flows   map[mFlow]int64 // as the postings have it
	members []string
	drawn   int                 // commands
	ids     map[string][]string // of each owner's last commands
	sent    []*command          // the last ones, to be sent again
	waiting []*command          // those that will be late
	log     []func() string     // of the last deliveries
	granted int
	// Three processes work on the store: two of them leave every conflict to whoever
	// delivers again, the third tries again by itself, which takes a moment.
	books, rival, patient *ledger.Ledger
}

func newSimulation(ctx context.Context, seed uint64, store ledger.Store) (*simulation, error) {
	r := rand.New(rand.NewPCG(seed, 0x6c6f79616c7479))
	s := &simulation{
		ctx: ctx, rand: r, seed: seed, now: minuteOf(start), store: &faults{Store: store, rand: r, call: &call{}},
		model: newModel(), proof: map[string]*proof{}, flows: map[mFlow]int64{}, ids: map[string][]string{},
	}
	for i := range 8 {
		s.members = append(s.members, fmt.Sprint("m", i+1))
	}
	for i, l := range []**ledger.Ledger{&s.books, &s.rival, &s.patient} {
		var err error
		if *l, err = ledger.New(ledger.Config{Store: s.store, Units: simUnits, Attempts: []int{1, 1, 5}[i]}); err != nil {
			return nil, err
		}
	}
	s.store.meanwhile = s.interrupt
	return s, nil
}

// failure is how a check ends the round, from however deep.
type failure struct{ error }

func (s *simulation) fail(format string, args ...any) { panic(failure{fmt.Errorf(format, args...)}) }

func (s *simulation) ok(err error) {
	if err != nil {
		s.fail("unexpected error: %w", err)
	}
}

func (s *simulation) run(steps int) (err error) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case failure:
			err = fmt.Errorf("ledgertest: simulation with seed %d, step %d of %d: %w\nlast deliveries:\n%sto see it again: Simulation{Seed: %d, Steps: %d}",
				s.seed, s.step, steps, p.error, s.told(), s.seed, steps)
		default:
			panic(p)
		}
	}()
	for s.step = 1; s.step <= steps; s.step++ {
		if err := s.ctx.Err(); err != nil {
			return err
		}
		s.advance()
	}
	s.step = steps
	s.checkAll()
	if s.granted < steps/4 {
		s.fail("only %d requests were granted", s.granted)
	}
	return nil
}

// advance is one step: time passes, or does not, and something is delivered.
func (s *simulation) advance() {
	switch n := s.rand.IntN(400); {
	case n < 2:
		s.now += s.rand.IntN(7 * 24 * 60)
	case n < 120:
		s.now += s.rand.IntN(90)
	}
	books := s.books
	if s.one(100) {
		books = s.patient
	}
	switch n := s.rand.IntN(100); {
	case n < 3:
		s.tick(books, pick(s, s.members))
	case n < 5:
		s.document(books, pick(s, s.members))
	case n < 9:
		s.batch(books)
	case n < 10 && s.one(3):
		s.erase(pick(s, s.members))
	default:
		s.deliver(books, s.next(pick(s, s.members)))
	}
	s.checkStep()
	s.renew()
}

// interrupt is what another process does to an owner while someone decides about them.
func (s *simulation) interrupt(owner string) {
	meanwhile, outer := s.store.meanwhile, s.store.call
	s.store.meanwhile = nil // one at a time
	s.deliver(s.rival, s.next(owner))
	s.store.meanwhile, s.store.call = meanwhile, outer
}

// next is the command to deliver: a new one, one that has waited, or one sent before.
func (s *simulation) next(owner string) *command {
	switch n := s.rand.IntN(100); {
	case n < 12 && len(s.waiting) > 0:
		i := s.rand.IntN(len(s.waiting))
		c := s.waiting[i]
		s.waiting = slices.Delete(s.waiting, i, i+1)
		return c
	case n < 22 && len(s.sent) > 0:
		return pick(s, s.sent)
	}
	c := s.draw(owner)
	if s.one(12) {
		s.waiting = append(s.waiting, c)
		c = s.draw(owner)
	}
	return c
}

// again keeps a command that was delivered: to be sent twice or, when its outcome is not
// known to the sender, to be sent until it is.
func (s *simulation) again(c *command, err error) {
	if errors.Is(err, errInjected) || errors.Is(err, ledger.ErrConflict) {
		s.waiting = append(s.waiting, c)
	}
	s.sent = append(s.sent[max(0, len(s.sent)-300):], c)
}

// clock is the time as whoever delivers has it: mostly now, at times a little behind,
// and rarely by hours.
func (s *simulation) clock() int {
	switch n := s.rand.IntN(100); {
	case n < 1:
		return s.now - s.rand.IntN(12*60)
	case n < 5:
		return s.now - s.rand.IntN(10)
	}
	return s.now
}

// note keeps what is delivered, to be told if it comes to that.
func (s *simulation) note(tell func() string) {
	step := s.step
	s.log = append(s.log[max(0, len(s.log)-14):], func() string { return fmt.Sprintf("%7d  %s", step, tell()) })
}

func (s *simulation) told() string {
	var b strings.Builder
	for _, tell := range s.log {
		b.WriteString(tell() + "\n")
	}
	return b.String()
}

// renew lets a new member take the place of one whose books have ended.
func (s *simulation) renew() {
	for i, name := range s.members {
		if s.model.owner(name).closed && s.one(20) {
			s.audit(name)
			s.members[i] = fmt.Sprint("m", len(s.model.owners))
		}
	}
}

func (s *simulation) document(books *ledger.Ledger, owner string) {
	name, text, due := fmt.Sprint("d", s.rand.IntN(3)), fmt.Sprint(s.rand.IntN(1000)), minuteOf(s.later(5*24*60))
	var doc json.RawMessage
	if !s.one(4) {
		doc = json.RawMessage(text)
	}
	what := func() string { return fmt.Sprintf("document %s of %s: %s", name, owner, doc) }
	s.call([]string{owner}, what, func() error {
		return books.Update(s.ctx, []string{owner}, nil, func(d *ledger.Draft) error {
			d.SetDoc(owner, name, doc)
			d.SetDocsDue(owner, moment(due))
			return nil
		})
	}, func(call) error {
		o := s.model.owner(owner)
		s.model.save(o)
		s.model.write(o)
		o.docs, o.docsDue = with(o.docs, name, text), due
		if doc == nil {
			delete(o.docs, name)
		}
		return nil
	})
}
