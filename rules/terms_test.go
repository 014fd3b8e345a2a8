package rules

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/loyaltykit/loyalty/calendar"
)

func TestTerms(t *testing.T) {
	berlin, _ := time.LoadLocation("Europe/Berlin")
	at := func(y int, m time.Month, d, h int) time.Time { return time.Date(y, m, d, h, 0, 0, 0, berlin) }
	tests := []struct {
		rule    string // that is tested
		event   time.Time
		pending Pending
		expiry  Expiry
		want    Terms
	}{
		{"nothing said is the programme's own", at(2026, 3, 2, 12), Pending{}, Expiry{}, Terms{}},
		{"days end at a midnight of the zone, over a clock change", at(2026, 3, 20, 23), Pending{Days: 14}, Expiry{}, Terms{Active: at(2026, 4, 3, 0)}},
		{"a moment late in UTC is the next day here", time.Date(2026, 3, 1, 23, 30, 0, 0, time.UTC), Pending{Days: 1}, Expiry{}, Terms{Active: at(2026, 3, 3, 0)}},
		{"months first, clipped, then days", at(2026, 1, 31, 9), Pending{Months: 1, Days: 1}, Expiry{}, Terms{Active: at(2026, 3, 1, 0)}},
		{"a delivery", at(2026, 3, 2, 12), Pending{Await: "delivered/{order}"}, Expiry{}, Terms{Await: "delivered/o1"}},
		{"a delivery, or 30 days", at(2026, 3, 2, 12), Pending{Days: 30, Await: "{member}:{event}!"}, Expiry{}, Terms{Active: at(2026, 4, 1, 0), Await: "m1:e1!"}},
		{"12 months: the last day is still good", at(2026, 3, 2, 12), Pending{}, Expiry{Months: 12}, Terms{Expires: at(2027, 3, 3, 0)}},
		{"to the end of the year after next", at(2026, 3, 2, 12), Pending{}, Expiry{Months: 24, EndOf: calendar.Year}, Terms{Expires: at(2029, 1, 1, 0)}},
		{"only the day", at(2026, 3, 2, 12), Pending{}, Expiry{EndOf: calendar.Day}, Terms{Expires: at(2026, 3, 3, 0)}},
		{"for ever", at(2026, 3, 2, 12), Pending{}, Expiry{Never: true}, Terms{Never: true}},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			r := fixedRule("r", 10)
			r.Pending, r.Expiry = tt.pending, tt.expiry
			ev := orderOf(item("1", "5"))
			ev.Time = tt.event
			got := mustEvaluate(t, mustCompile(t, Definition{Zone: "Europe/Berlin", Rules: []Rule{r}}), ev, nil).Awards[0].Terms
			if !got.Active.Equal(tt.want.Active) || !got.Expires.Equal(tt.want.Expires) || got.Await != tt.want.Await || got.Never != tt.want.Never {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

// Ends of validity as other systems document them: Voucherify
// (docs.voucherify.io/build/loyalty-points), Open Loyalty (userguide,
// settings.rst), BIG POS (support.bigpos.com, loyalty-point-expiry-enhancement).
// The last day they name is still good; years are filled in where they give none.
func TestTermsAsDocumentedElsewhere(t *testing.T) {
	for _, tt := range []struct {
		earned  string
		expiry  Expiry
		expires string
	}{
		{"2023-01-25", Expiry{Months: 1}, "2023-02-26"},
		{"2023-01-31", Expiry{Months: 1}, "2023-03-01"},
		{"2023-01-01", Expiry{EndOf: calendar.Day}, "2023-01-02"},
		{"2019-01-22", Expiry{EndOf: calendar.Month}, "2019-02-01"},
		{"2018-06-15", Expiry{EndOf: calendar.Year}, "2019-01-01"},
		{"2025-02-15", Expiry{Months: 1, EndOf: calendar.Month}, "2025-04-01"},
		{"2024-12-10", Expiry{Months: 1, EndOf: calendar.Month}, "2025-02-01"},
	} {
		r := fixedRule("r", 10)
		r.Expiry = tt.expiry
		earned, _ := calendar.ParseDate(tt.earned)
		ev := &Event{Type: "order", Time: earned.Start(time.UTC).Add(15 * time.Hour)}
		got := mustEvaluate(t, mustCompile(t, Definition{Rules: []Rule{r}}), ev, nil).Awards[0].Terms.Expires
		if want, _ := calendar.ParseDate(tt.expires); !got.Equal(want.Start(time.UTC)) {
			t.Errorf("earned %s with %+v expires %s, want %s", tt.earned, tt.expiry, got, want)
		}
	}
}

func TestTermsProblems(t *testing.T) {
	d := Definition{Rules: []Rule{fixedRule("a", 1), fixedRule("b", 1), fixedRule("c", 1), fixedRule("d", 1)}}
	d.Rules[0].Pending = Pending{Days: -1, Await: "delivered/{oder}"}
	d.Rules[1].Pending = Pending{Await: "delivered/{order"}
	d.Rules[2].Expiry = Expiry{Never: true, Months: 1}
	d.Rules[3].Expiry = Expiry{Months: 1201, EndOf: "century"}
	want := []string{
		`rules[0].pending: days -1 is not between 0 and 36525`,
		`rules[0].pending.await: "{oder}" is unknown; did you mean "{order}"?`,
		`rules[1].pending.await: "{order" is unknown; did you mean "{order}"?`,
		`rules[2].expiry.never: cannot go with days, months or end_of`,
		`rules[3].expiry: months 1201 is not between 0 and 1200`,
	}
	if diff := diff(want, problemsOf(Compile(d))); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// Points that await an order are for orders, and these must have an ID.
func TestAwaitNeedsAnID(t *testing.T) {
	r := fixedRule("r", 10)
	r.Pending.Await = "delivered/{order}"
	set := mustCompile(t, Definition{Rules: []Rule{r}})
	if got := mustEvaluate(t, set, &Event{Type: "order", Time: day(2)}, nil); got.Trace[0].Failed != FailedOrder {
		t.Errorf("without an order: %+v", got)
	}
	for id, want := range map[string]string{
		"":                       `rules: order.id: is missing: points of rule "r" await "delivered/{order}"`,
		strings.Repeat("x", 195): `rules: order.id: is too long: points of rule "r" would await a name of more than 200 bytes`,
	} {
		ev := orderOf(item("1", "5"))
		ev.Order.ID = id
		if _, err := set.Evaluate(ev, nil, Options{}); !errors.Is(err, ErrEvent) || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
