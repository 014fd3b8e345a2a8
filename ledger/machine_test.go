package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/loyaltykit/loyalty/ledger"
	"pgregory.net/rapid"
)

// machine sends random requests to a ledger and to a model of each owner, and
// keeps what came of them. Laws are checked on what it leaves behind.
type machine struct {
	*books
	t      *rapid.T
	now    int
	models world
	// punctual is a machine that sends nothing late.
	punctual bool
	sent     []sent
	ids      map[string][]string // of each owner's requests, granted or not
}

// sent is a request and what came of it.
type sent struct {
	req ledger.Request
	ops []ledger.Op
	got ledger.Receipt
	err error
}

func newMachine(t *rapid.T) *machine {
	return &machine{
		books: newBooks(t), t: t, now: 10, ids: map[string][]string{},
		models: world{"ann": newModel(), "bob": newModel()},
	}
}

func at(minute int) time.Time {
	if minute == 0 {
		return time.Time{}
	}
	return epoch.Add(time.Duration(minute) * time.Minute)
}

func pick[T any](m *machine, what string, from ...T) T {
	return rapid.SampledFrom(from).Draw(m.t, what)
}

func (m *machine) number(what string, least, most int) int {
	return rapid.IntRange(least, most).Draw(m.t, what)
}

func (m *machine) owner() string { return pick(m, "owner", "ann", "ann", "ann", "bob") }
func (m *machine) unit() string  { return pick(m, "unit", points, points, points, stars) }
func (m *machine) policy() ledger.Policy {
	return pick(m, "policy", "", ledger.Debt, ledger.Clamp, ledger.Reject)
}
func (m *machine) flow() string       { return pick(m, "flow", "", "charity:forest") }
func (m *machine) points(k int) int64 { return int64(m.number("points", 1, k)) }

// later is a minute from now on, or none.
func (m *machine) later(what string) int {
	return pick(m, what, 0, m.now+m.number(what+" in", 1, 40))
}

func (m *machine) earn() ledger.Op {
	op := ledger.Earn{
		Unit: m.unit(), Points: m.points(60), Issued: at(pick(m, "issued", 1, 5)), Expires: at(m.later("expires")),
		Await: pick(m, "await", "", "", "", "x", "y"),
	}
	if in := m.number("active in", -20, 20); in > 0 && (op.Expires.IsZero() || m.now+in < minutes(op.Expires)) {
		op.Active = at(m.now + in)
	}
	return op
}

// id is mostly that of an earlier request.
func (m *machine) id(owner string) string {
	return pick(m, "id", append(slices.Clone(m.ids[owner]), "unheard of")...)
}

func (m *machine) lots(owner string) []string {
	ids := []string{ledger.Terms{Issued: at(1)}.ID()}
	rec := m.record(owner)
	for _, a := range rec.Accounts {
		for l := range a.Lots.All() {
			ids = append(ids, l.ID)
		}
	}
	return ids
}

func (m *machine) redeem(string) ledger.Op {
	return ledger.Redeem{Unit: m.unit(), Points: m.points(60), UpTo: pick(m, "up to", true, false), Flow: m.flow()}
}

func (m *machine) hold(string) ledger.Op {
	until := pick(m, "until", 0, m.now+m.number("hold for", 0, 20))
	return ledger.PlaceHold{Unit: m.unit(), Points: m.points(30), Until: at(until)}
}

func (m *machine) endHold(owner string) ledger.Op {
	id := m.id(owner)
	var open []string
	for _, a := range m.models[owner].accounts {
		for _, h := range a.holds {
			open = append(open, h.id)
		}
	}
	if len(open) > 0 && m.number("a real one", 0, 3) > 0 {
		slices.Sort(open)
		id = pick(m, "hold", open...)
	}
	if m.number("capture", 0, 2) == 0 {
		return ledger.Release{Hold: id}
	}
	return ledger.Capture{Hold: id, Points: int64(m.number("captured", 0, 30)), Flow: m.flow()}
}

func (m *machine) clawback(owner string) ledger.Op {
	lots := rapid.SliceOfN(rapid.SampledFrom(m.lots(owner)), 0, 3).Draw(m.t, "lots")
	return ledger.Clawback{Unit: m.unit(), Points: m.points(60), Lots: lots, Policy: m.policy()}
}

func (m *machine) giveBack(owner string) ledger.Op {
	op := ledger.Return{Unit: m.unit(), Grace: at(m.later("grace"))}
	for range m.number("parts", 1, 3) {
		op.Parts = append(op.Parts, ledger.Part{Lot: pick(m, "lot", m.lots(owner)...), Points: m.points(20)})
	}
	return op
}

func (m *machine) reverse(owner string) ledger.Op {
	return ledger.Reverse{Of: m.id(owner), Policy: m.policy(), Grace: at(m.later("grace"))}
}

// send posts one request to both and holds the answer of one against the other.
func (m *machine) send(owner string, late int, ops ...ledger.Op) {
	req := by(owner, fmt.Sprint("r", len(m.sent)), at(m.now))
	if late > 0 {
		req.Time = at(max(m.now-late, 1))
	}
	before := m.record(owner).Version
	want := m.models.post(req, ops)
	got, err := m.Post(context.Background(), req, ops...)
	if !errors.Is(err, want) || (err == nil) != (want == nil) {
		m.Fatalf("%s at minute %d: %+v: got error %v, want %v", req.ID, m.now, ops, err, want)
	}
	rec := m.record(owner)
	if err != nil && rec.Version != before {
		m.Fatalf("%s was refused (%v) and yet written", req.ID, err)
	}
	if err == nil {
		equal(m, "balances of the receipt", rec.Balances(req.At), got.Balances)
	}
	m.sent = append(m.sent, sent{req, ops, got, err})
	m.ids[owner] = append(m.ids[owner], req.ID)
}

// run does random things, and check after each of them.
func (m *machine) run(check func()) {
	one := func(op func(owner string) ledger.Op) func(*rapid.T) {
		return func(*rapid.T) {
			owner := m.owner()
			m.send(owner, 0, op(owner))
		}
	}
	m.t.Repeat(map[string]func(*rapid.T){
		"earn": func(*rapid.T) { m.send(m.owner(), 0, m.earn()) },
		"earn late": func(*rapid.T) {
			late, life := m.number("late", 1, 30), m.number("life", 1, 60)
			if m.punctual {
				late = 0
			}
			m.send(m.owner(), late, ledger.Earn{Unit: m.unit(), Points: m.points(60), Issued: at(1), Expires: at(max(m.now-late, 1) + life)})
		},
		"redeem":   one(m.redeem),
		"hold":     one(m.hold),
		"end hold": one(m.endHold),
		"clawback": one(m.clawback),
		"return":   one(m.giveBack),
		"reverse":  one(m.reverse),
		"order": func(*rapid.T) {
			owner := m.owner()
			m.send(owner, 0, m.endHold(owner), m.redeem(owner), m.earn(), m.extend(owner))
		},
		"gift":      one(m.gift),
		"adjust":    one(m.adjust),
		"open":      one(m.opening),
		"activate":  one(m.activate),
		"extend":    one(m.extend),
		"reinstate": one(m.reinstate),
		"favours": func(*rapid.T) {
			owner := m.owner()
			m.send(owner, 0, m.earn(), m.gift(owner), m.adjust(owner), m.activate(owner), m.gift(owner), m.reinstate(owner))
		},
		"refund": func(*rapid.T) {
			owner := m.owner()
			m.send(owner, 0, m.giveBack(owner), m.clawback(owner), m.reverse(owner), m.reverse(owner))
		},
		"wait": func(*rapid.T) { m.now += m.number("minutes", 1, 25) },
		"tick": func(*rapid.T) { m.tick(m.owner(), at(m.now)) },
		"":     func(*rapid.T) { check() },
	})
}

func (m *machine) owners() []string { return slices.Sorted(maps.Keys(m.models)) }

// settled is an owner's record as a tick would leave it now, and the whole history.
func (m *machine) settled(owner string) (ledger.Record, []ledger.Transaction) {
	d := ledger.NewDraft(m.load(owner))
	d.Tick(owner, at(m.now))
	return d.Record(owner), append(m.history(owner), d.Change().Transactions...)
}

// TestMachine holds the ledger against the model after every step: balances,
// lots, holds, debt, and what time alone did and when.
func TestMachine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newMachine(t)
		m.run(func() {
			for _, owner := range m.owners() {
				m.models[owner].pass(m.now)
				rec, history := m.settled(owner)
				for _, unit := range []string{points, stars} {
					m.compare(owner, m.models[owner].account(unit), rec.Account(unit))
				}
				equal(m, "what time did to "+owner, m.models[owner].log, timeLog(history), cmp.AllowUnexported(mEvent{}))
			}
		})
		m.audit()
	})
}

// compare holds an account against the model's, and Balance against both.
func (m *machine) compare(owner string, want *mAccount, got ledger.Account) {
	m.Helper()
	rec := m.record(owner)
	wantBalance := ledger.Balance{Unit: got.Unit, Debt: want.debt, Earned: want.earned, Spent: want.spent, Available: want.available(m.now)}
	for t, p := range want.lots {
		if t.waits(m.now) {
			wantBalance.Pending += p
		}
		switch next := minutes(wantBalance.NextExpiry); {
		case t.expires == 0 || next != 0 && t.expires > next:
		case t.expires == next:
			wantBalance.NextExpiring += p
		default:
			wantBalance.NextExpiry, wantBalance.NextExpiring = at(t.expires), p
		}
	}
	gotHolds := map[string]map[mTerms]int64{}
	for _, h := range got.Holds {
		gotHolds[h.ID] = lotMap(h.Parts)
	}
	wantHolds := map[string]map[mTerms]int64{}
	for _, h := range want.holds {
		wantBalance.Held += total(h.parts)
		wantHolds[h.id] = map[mTerms]int64{}
		for _, p := range h.parts {
			wantHolds[h.id][p.mTerms] += p.points
		}
	}
	terms := cmp.AllowUnexported(mTerms{})
	equal(m, "lots of "+owner, want.lots, lotMap(lots(got)), terms)
	equal(m, "holds of "+owner, wantHolds, gotHolds, terms)
	equal(m, "balance of "+owner+", settled", wantBalance, got.Balance(at(m.now)))
	equal(m, "balance of "+owner+", as stored", wantBalance, rec.Account(got.Unit).Balance(at(m.now)))
}

func lotMap(lots []ledger.Lot) map[mTerms]int64 {
	out := map[mTerms]int64{}
	for _, l := range lots {
		out[mTerms{minutes(l.Issued), minutes(l.Active), minutes(l.Expires), l.Await}] += l.Points
	}
	return out
}

// timeLog is what ticks have moved, as the model notes it.
func timeLog(history []ledger.Transaction) map[mEvent]int64 {
	log := map[mEvent]int64{}
	for _, tx := range history {
		if !strings.HasPrefix(tx.Key.ID, "~tick/") {
			continue
		}
		for _, p := range tx.Postings {
			what := "release"
			switch {
			case p.To.Flow != "":
				what = "expire"
			case p.To.Lot == ledger.DebtLot:
				what = "offset"
			}
			log[mEvent{minutes(tx.Time), what, p.Unit}] += p.Points
		}
	}
	return log
}
