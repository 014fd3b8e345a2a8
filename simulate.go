package loyalty

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/cost"
	"github.com/loyaltykit/loyalty/ledger"
	"github.com/loyaltykit/loyalty/ledger/memory"
	"github.com/shopspring/decimal"
)

// Step is one thing of a history that a Simulation goes through: either an Event or a Redemption.
type Step struct {
	Event      *Event      `json:"event,omitempty"`
	Redemption *Redemption `json:"redemption,omitempty"` // points spent at once, at At; of a hold, what was captured, and when
	// At is when it came to the programme, not before that of the step above; zero is the event's Time.
	At time.Time `json:"at,omitzero"`
	// Revenue is what it brought the shop, below zero for a refund. Nil is reckoned: for an order, what its lines
	// cost after discounts; for a refund, the share of that which comes back, if the order was among the steps.
	Revenue *decimal.Decimal `json:"revenue,omitempty"`
	// Recorded is how many points of the programme's unit it earned at the time, for the member and whoever invited them, less what it
	// took back, as Result and its Referral tell; nil is not known. Under ledger.Clamp it is what could be taken back.
	Recorded *int64 `json:"recorded,omitempty"`
	// Tier is the member's, for a view by tier; "" is the one they held under the first of the programmes when the step came.
	Tier string `json:"tier,omitempty"`
}

func (st *Step) at() time.Time {
	if st.At.IsZero() && st.Event != nil {
		return st.Event.Time
	}
	return st.At
}

func (st *Step) key() ledger.Key {
	switch {
	case st.Event != nil:
		return ledger.Key{Owner: st.Event.Member, ID: st.Event.ID}
	case st.Redemption != nil:
		return ledger.Key{Owner: st.Redemption.Member, ID: st.Redemption.ID}
	}
	return ledger.Key{}
}

func (st *Step) validate() error {
	switch {
	case (st.Event == nil) == (st.Redemption == nil):
		return invalid("step", "must have either an event or a redemption")
	case st.at().IsZero():
		return invalid("at", "is missing")
	}
	if e := st.Event; e != nil && e.Spend != nil && e.Spend.Hold != "" && e.Spend.Points == 0 {
		return invalid("event.spend.points", "is 0: holds are not simulated, say how many points of it were spent")
	}
	return nil
}

// Simulation runs a programme over a history, on books in memory, by the code that Process and Redeem run. Its clock is the time of the
// step at hand; what time does to anybody's points is written down each day on which a step comes.
//
// What happened in the shop happens: a member who has fewer points than they spent in the history spends what they have (see
// Short), and ledger.Reject counts as ledger.Debt, since the refund was made. Holds are not simulated: what was captured of one is spent when
// it was.
//
// A Simulation implements cost.Programme. It is not for concurrent use.
type Simulation struct {
	program *Program
	store   *tape
	now     time.Time
	swept   calendar.Date
	short   int64
	debts   debts
}

var _ cost.Programme = (*Simulation)(nil)

// NewSimulation prepares one. Of the Config, Now plays no part, and Store is nil, for books that begin empty, or a
// *memory.Store with those to begin with; the simulation goes on writing to it.
func NewSimulation(c Config) (*Simulation, error) {
	s := &Simulation{debts: debts{}}
	switch store := c.Store.(type) {
	case nil:
		s.store = &tape{Store: memory.New()}
	case *memory.Store:
		s.store = &tape{Store: store}
	default:
		return nil, invalid("store", "a simulation keeps its books in a *memory.Store, not a %T", c.Store)
	}
	c.Store, c.Now = s.store, func() time.Time { return s.now }
	if c.Program.Clawback == ledger.Reject {
		c.Program.Clawback = ledger.Debt
	}
	var err error
	s.program, err = New(c)
	return s, err
}

// Program is the programme with the simulated books, to look at: balances, statements, budgets.
func (s *Simulation) Program() *Program { return s.program }

// Short is how many points members spent in the history that they did not have here.
func (s *Simulation) Short() int64 { return s.short }

// Replay implements cost.Programme: e.Data is the Step, e.At when it comes. The movements are of points of the programme's
// unit. What an inviter gets is among those of the order that brought it. Points owed are revoked in the cohort of the order that came
// back; when later points pay, that is turned into a revocation of these.
func (s *Simulation) Replay(ctx context.Context, e cost.Event) ([]cost.Movement, error) {
	st, ok := e.Data.(Step)
	if !ok {
		return nil, invalid("data", "is a %T, not a loyalty.Step", e.Data)
	}
	if err := st.validate(); err != nil {
		return nil, err
	}
	if e.At.Before(s.now) {
		return nil, invalid("at", "%s is before the step above", e.At.Format(time.RFC3339))
	}
	s.now, s.store.txs = e.At, s.store.txs[:0]
	if day := calendar.DateOf(e.At, s.program.zone); day != s.swept {
		if _, err := s.program.Sweep(ctx); err != nil {
			return nil, err
		}
		s.swept = day
	}
	// A message delivered twice is passed over. Process would ask for the very same event, which may have been cut to what there was.
	repeated, err := s.has(ctx, st.key())
	switch {
	case err != nil || repeated:
	case st.Event != nil:
		err = s.event(ctx, *st.Event)
	default:
		err = s.redemption(ctx, *st.Redemption)
	}
	if err != nil {
		return nil, err
	}
	return s.movements(ctx, st.Event)
}

func (s *Simulation) event(ctx context.Context, e Event) error {
	if e.Spend != nil {
		points, err := s.afford(ctx, e.Member, s.program.def.Unit, e.Spend.Points)
		if err != nil {
			return err
		}
		if e.Spend = nil; points > 0 {
			e.Spend = &Spend{Points: points}
		}
	}
	_, err := s.program.Process(ctx, e)
	return err
}

func (s *Simulation) redemption(ctx context.Context, r Redemption) error {
	points, err := s.afford(ctx, r.Member, s.program.unit(r.Unit), r.Points)
	if err != nil || points == 0 && r.Points > 0 {
		return err
	}
	r.Points = points
	_, err = s.program.Redeem(ctx, r)
	return err
}

// afford is how many of so many points a member has now.
func (s *Simulation) afford(ctx context.Context, member, unit string, points int64) (int64, error) {
	rec, err := s.record(ctx, member)
	if err != nil {
		return 0, err
	}
	if rec.Docs[docMember] == nil {
		return points, nil // to be refused for that
	}
	has := min(points, rec.Account(unit).Balance(s.now).Available)
	if unit == s.program.def.Unit {
		s.short += points - has
	}
	return has, nil
}

func (s *Simulation) record(ctx context.Context, member string) (ledger.Record, error) {
	snap, err := s.store.Load(ctx, []string{member}, nil)
	return snap.Record(member), err
}

func (s *Simulation) has(ctx context.Context, key ledger.Key) (bool, error) {
	_, ok, err := s.find(ctx, key)
	return ok, err
}

func (s *Simulation) find(ctx context.Context, key ledger.Key) (ledger.Transaction, bool, error) {
	snap, err := s.store.Load(ctx, nil, []ledger.Key{key})
	tx, ok := snap.Transactions[key]
	return tx, ok, err
}

// tier is that of a member before a step.
func (s *Simulation) tier(ctx context.Context, member string, at time.Time) (string, error) {
	if s.program.ladder == nil {
		return "", nil
	}
	rec, err := s.record(ctx, member)
	if err != nil {
		return "", err
	}
	st, err := s.program.load(rec)
	if err != nil {
		return "", err
	}
	return s.program.ladder.At(st.tier, at).ID, nil
}

// Simulated is what a programme came to over a history, in points of its unit.
type Simulated struct {
	Steps       int64           `json:"steps"`
	Members     int             `json:"members"`
	Revenue     decimal.Decimal `json:"revenue"`
	Issued      int64           `json:"issued"` // less what was taken back
	Redeemed    int64           `json:"redeemed"`
	Expired     int64           `json:"expired"`
	Outstanding int64           `json:"outstanding"` // less what is owed
	Short       int64           `json:"short"`       // see Simulation.Short
	// History has it by cohort, for estimates of liability.
	History *cost.History `json:"-"`
}

// Simulate runs a programme over a history from its beginning: what would last year have come to? The definition may need more than
// itself, such as a secret for draws: then NewSimulation, and Run.
func Simulate(ctx context.Context, def Definition, steps iter.Seq2[Step, error]) (Simulated, error) {
	s, err := NewSimulation(Config{Program: def})
	if err != nil {
		return Simulated{}, err
	}
	return s.Run(ctx, steps)
}

// Run goes through the steps, in the order of their At. It ends at the first that the programme refuses, or that comes with an
// error, and names it. What time does after the last step is not looked at.
func (s *Simulation) Run(ctx context.Context, steps iter.Seq2[Step, error]) (Simulated, error) {
	history, err := cost.NewHistory(calendar.Month, s.program.def.Zone)
	if err != nil {
		return Simulated{}, err
	}
	out := Simulated{History: history}
	if steps == nil {
		return out, invalid("steps", "are missing")
	}
	for e, err := range s.business(ctx, "", steps) {
		var moves []cost.Movement
		if err == nil {
			moves, err = s.Replay(ctx, e)
		}
		for i := 0; i < len(moves) && err == nil; i++ {
			err = history.Add(moves[i])
			out.count(moves[i])
		}
		if err != nil {
			return Simulated{}, fmt.Errorf("loyalty: step %d, %q of %q: %w", out.Steps, e.ID, e.Member, err)
		}
		out.Revenue = out.Revenue.Add(e.Revenue)
		out.Steps++
	}
	for _, owner := range s.store.Owners() {
		if !own(owner) {
			out.Members++
		}
	}
	out.Short = s.short
	return out, nil
}

func (o *Simulated) count(m cost.Movement) {
	switch m.Kind {
	case cost.Issue:
		o.Issued += m.Points
	case cost.Revoke:
		o.Issued -= m.Points
	case cost.Redeem:
		o.Redeemed += m.Points
	case cost.Unredeem:
		o.Redeemed -= m.Points
	case cost.Expire:
		o.Expired += m.Points
	case cost.Reinstate:
		o.Expired -= m.Points
	}
	o.Outstanding = o.Issued - o.Redeemed - o.Expired
}
