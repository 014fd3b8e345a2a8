package rules

import (
	"errors"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// mysteryBox is a draw with all there can be to one.
func mysteryBox() Draw {
	return Draw{
		Of: 1000,
		Prizes: []Prize{
			{ID: "jackpot", Odds: 1, Outcome: Outcome{Kind: "coupon", Reference: "TRIP"}, Stock: 1},
			{ID: "medal", Odds: 99, Points: 50},
			{ID: "blank", Odds: 900},
		},
		Guarantee: Guarantee{After: 10, Prize: "medal"},
		Instead:   "medal",
	}
}

var boxSecret = []byte("0123456789abcdef")

// Golden vectors. They were computed by another program, in another language, from
// the description in draw.go, and never change: published draws rest on them.
func TestDrawVectors(t *testing.T) {
	d := mysteryBox()
	if got, want := Commitment(boxSecret), "21ffda127ff140a73b68413e1c2433ceae17ac6520d0bfd384be44e6d2e97af6"; got != want {
		t.Errorf("Commitment = %s, want %s", got, want)
	}
	if got, want := d.Hash(), "b83472853c80bad054d6fa05ac75bbe4a537d68bb99b72445fe21046cc55f13d"; got != want {
		t.Errorf("Hash = %s, want %s", got, want)
	}
	for _, tt := range []struct {
		ticket Ticket
		of     uint64
		want   uint64
	}{
		{Ticket{"box", "e1", "m1"}, 1000, 693},
		{Ticket{"box", "e2", "m1"}, 1000, 960},
		{Ticket{"box", "e3", "m1"}, 1000, 444},
		{Ticket{"box", "", "m1"}, 1000, 687},
		{Ticket{"box", "order-é", "m1"}, 1000, 464},
		{Ticket{"bo", "xe1", "m1"}, 1000, 113}, // no two splits of a text are alike
		{Ticket{"box", "e1m", "1"}, 1000, 37},
		{Ticket{"box", "e1", "m1"}, 1_000_000_000_000, 981793481693},
		// Of so many, nearly half of the u are unfair, and u(0) is: each needs another.
		{Ticket{"box", "e1", "m1"}, 1<<63 + 1, 4222451938920987793}, // u(3)
		{Ticket{"box", "e2", "m1"}, 1<<63 + 1, 1759784634345293793}, // u(1)
		{Ticket{"box", "e4", "m1"}, 1<<63 + 1, 5542078276191139024}, // u(2)
	} {
		if got := drawNumber(boxSecret, d.sum(), tt.ticket, tt.of); got != tt.want {
			t.Errorf("%+v of %d drew %d, want %d", tt.ticket, tt.of, got, tt.want)
		}
	}
}

// boxSet is the mystery box as a rule.
func boxSet(t *testing.T, change func(*Definition)) *Set {
	r := fixedRule("box", 0)
	d := mysteryBox()
	r.Effect = Effect{Kind: DrawPrize, Draw: &d}
	def := Definition{Rules: []Rule{r}}
	if change != nil {
		change(&def)
	}
	return mustCompile(t, def)
}

func boxEvent(id string) *Event {
	ev := orderOf(item("1", "10"), item("2", "30"))
	ev.ID, ev.Member.ID = id, "m1"
	return ev
}

func TestDraw(t *testing.T) {
	full := Funds{"stock/box/jackpot": {Pieces: 1}}
	jackpot := jackpotEvent()
	tests := []struct {
		rule   string // that is tested
		event  string
		use    Usage
		funds  Funds
		want   Drawn
		points int64
		says   string
	}{
		{"a number falls on a prize", "e1", nil, full, Drawn{Number: 693, Prize: "blank"}, 0,
			`"box" gave what it drew, number 693: nothing.`},
		{"the guarantee is not yet due", "e1", Usage{"draw/box": {Uses: 9}}, full, Drawn{Number: 693, Prize: "blank", Misses: 9}, 0, ""},
		{"after ten misses it is", "e1", Usage{"draw/box": {Uses: 10}}, full,
			Drawn{Number: 693, Prize: "medal", Because: DrawGuarantee, Misses: 10, Won: true}, 50,
			`"box" gave what it drew, number 693 and the guarantee: 50 points: 13 on line 1, 37 on line 2.`},
		{"what is rarer is better than the guarantee", jackpot, Usage{"draw/box": {Uses: 10}}, full,
			Drawn{Number: 0, Prize: "jackpot", Misses: 10, Won: true}, 0,
			`"box" gave what it drew, number 0: the coupon "TRIP".`},
		{"out of stock is the prize instead", jackpot, nil, Funds{"stock/box/jackpot": {}},
			Drawn{Number: 0, Prize: "medal", Because: DrawStock, Won: true}, 50,
			`"box" gave what it drew, number 0, whose prize is out of stock: 50 points: 13 on line 1, 37 on line 2.`},
	}
	set := boxSet(t, nil)
	rule, _ := set.Rule("box")
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			r, err := set.Evaluate(boxEvent(tt.event), tt.use, Options{Trace: true, Funds: tt.funds, Secret: boxSecret})
			if err != nil {
				t.Fatal(err)
			}
			a := r.Awards[0]
			want := tt.want
			want.Commitment, want.Odds, want.Event, want.Member = Commitment(boxSecret), mysteryBox().Hash(), tt.event, "m1"
			if diff := diff(&want, a.Drawn); diff != "" || a.Points != tt.points || !strings.HasPrefix(r.Explain(), tt.says) {
				t.Errorf("%d points, %s(-want +got)\n%s", a.Points, r.Explain(), diff)
			}
			if err := VerifyDraw(boxSecret, "box", *rule.Effect.Draw, *a.Drawn); err != nil {
				t.Error(err)
			}
			misses := tt.want.Misses + 1
			if tt.want.Won {
				misses = 0
			}
			if got := tt.use.Clone().Add(r.Awards)["draw/box"].Uses; got != misses {
				t.Errorf("%d misses counted, want %d", got, misses)
			}
		})
	}
}

// jackpotEvent returns the first event that draws number 0.
func jackpotEvent() string {
	d := mysteryBox()
	for n := 0; ; n++ {
		id := "try-" + string(rune('A'+n%26)) + strings.Repeat("x", n/26)
		if drawNumber(boxSecret, d.sum(), Ticket{"box", id, "m1"}, 1000) == 0 {
			return id
		}
	}
}

// Nothing about a record can be changed without its showing.
func TestVerifyDrawFindsEveryChange(t *testing.T) {
	set := boxSet(t, nil)
	r, err := set.Evaluate(boxEvent("e1"), nil, Options{Funds: Funds{"stock/box/jackpot": {Pieces: 1}}, Secret: boxSecret})
	if err != nil {
		t.Fatal(err)
	}
	good := *r.Awards[0].Drawn
	for what, change := range map[string]func(secret *[]byte, rule *string, d *Draw, got *Drawn){
		"another secret":     func(s *[]byte, _ *string, _ *Draw, _ *Drawn) { *s = []byte("fedcba9876543210") },
		"another commitment": func(_ *[]byte, _ *string, _ *Draw, got *Drawn) { got.Commitment = Commitment([]byte("x")) },
		"other odds":         func(_ *[]byte, _ *string, d *Draw, _ *Drawn) { d.Prizes[2].Points = 1 },
		"odds of its own":    func(_ *[]byte, _ *string, d *Draw, got *Drawn) { d.Instead, got.Odds = "", Draw{}.Hash() },
		"another rule":       func(_ *[]byte, rule *string, _ *Draw, _ *Drawn) { *rule = "other" },
		"another event":      func(_ *[]byte, _ *string, _ *Draw, got *Drawn) { got.Event = "e2" },
		"another member":     func(_ *[]byte, _ *string, _ *Draw, got *Drawn) { got.Member = "m2" },
		"another number":     func(_ *[]byte, _ *string, _ *Draw, got *Drawn) { got.Number++ },
		"another prize":      func(_ *[]byte, _ *string, _ *Draw, got *Drawn) { got.Prize = "medal" },
		"a guarantee":        func(_ *[]byte, _ *string, _ *Draw, got *Drawn) { got.Prize, got.Because = "medal", DrawGuarantee },
		"more misses":        func(_ *[]byte, _ *string, _ *Draw, got *Drawn) { got.Misses = 10 },
		"a win":              func(_ *[]byte, _ *string, _ *Draw, got *Drawn) { got.Won = true },
		"a draw of nothing":  func(_ *[]byte, _ *string, d *Draw, got *Drawn) { *d = Draw{}; got.Odds = d.Hash() },
	} {
		secret, rule, d, got := boxSecret, "box", mysteryBox(), good
		change(&secret, &rule, &d, &got)
		if err := VerifyDraw(secret, rule, d, got); !errors.Is(err, ErrDraw) {
			t.Errorf("%s: %v, want ErrDraw", what, err)
		}
	}
}

func TestDrawNeedsWhatItDrawsBy(t *testing.T) {
	full := Funds{"stock/box/jackpot": {Pieces: 1}}
	for _, tt := range []struct {
		event string
		opt   Options
		want  string
	}{
		{"e1", Options{Funds: full}, `rules: secret: has 0 bytes, fewer than the 16 that rule "box" needs to draw`},
		{"e1", Options{Funds: full, Secret: []byte("short")}, `rules: secret: has 5 bytes, fewer than the 16 that rule "box" needs to draw`},
		{"", Options{Funds: full, Secret: boxSecret}, `rules: id: is missing: rule "box" draws by it`},
		{jackpotEvent(), Options{Secret: boxSecret}, `rules: funds["stock/box/jackpot"]: is missing: how many are left of the prize?`},
	} {
		if _, err := boxSet(t, nil).Evaluate(boxEvent(tt.event), nil, tt.opt); !errors.Is(err, ErrEvent) || err.Error() != tt.want {
			t.Errorf("%v, want %s", err, tt.want)
		}
	}
	r, err := boxSet(t, nil).Evaluate(boxEvent("e1"), nil, Options{NoDraws: true, Trace: true})
	if want := "\"box\" gave nothing: it draws only when this really happens.\n"; err != nil || r.Awards != nil || r.Explain() != want {
		t.Errorf("a quote drew: %v, %s", err, r.Explain())
	}
}

func TestDrawProblems(t *testing.T) {
	r := fixedRule("box", 0)
	at := "rules[0].effect.draw"
	for _, tt := range []struct {
		rule   string // that is tested
		change func(*Draw)
		want   []string
	}{
		{"odds come to the whole", func(d *Draw) { d.Of = 1001 },
			[]string{at + `.prizes: have odds of 1000 together, less than 1001: list what wins nothing as a prize too`}},
		{"and to no more", func(d *Draw) { d.Of = 999 }, []string{at + `.prizes: have odds of 1000 together, more than 999`}},
		{"even where they would wrap around", func(d *Draw) { d.Prizes[0].Odds = math.MaxInt64 },
			[]string{at + `.prizes[0].odds: must be at most 10^12`, at + `.prizes: have odds of 999 together, less than 1000: list what wins nothing as a prize too`}},
		{"there is a whole, and prizes", func(d *Draw) { *d = Draw{} },
			[]string{at + `.of: must be between 1 and 10^12: what the odds of all prizes add up to`, at + `.prizes: are missing`}},
		{"prizes have names and odds", func(d *Draw) { d.Prizes[0].ID, d.Prizes[0].Odds, d.Prizes[2].ID = "medal", 0, "a/b" },
			[]string{at + `.prizes[0].odds: must be above zero`, at + `.prizes[1].id: is "medal", like that of prizes[0]`,
				at + `.prizes[2].id: has a slash: "a/b"`, at + `.prizes: have odds of 999 together, less than 1000: list what wins nothing as a prize too`,
				at + `.instead: is "medal", which may be out of stock itself`}},
		{"a prize is one thing", func(d *Draw) { d.Prizes[0].Points, d.Prizes[1].Stock = 5, -1 },
			[]string{at + `.prizes[0].points: counts for nothing here: a prize is points or an outcome: make two rules of it`, at + `.prizes[1].stock: must not be negative`}},
		{"what is guaranteed is a prize", func(d *Draw) { d.Guarantee = Guarantee{Prize: "medl"} },
			[]string{at + `.guarantee.after: must be between 1 and 10^12`, at + `.guarantee.prize: there is no prize "medl"; did you mean "medal"?`}},
		{"what is given instead is there", func(d *Draw) { d.Instead = "jackpot" }, []string{at + `.instead: is "jackpot", which may be out of stock itself`}},
	} {
		t.Run(tt.rule, func(t *testing.T) {
			d := mysteryBox()
			tt.change(&d)
			r.Effect = Effect{Kind: DrawPrize, Draw: &d}
			if diff := diff(tt.want, problemsOf(Compile(Definition{Rules: []Rule{r}}))); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// Each number comes up as often as the odds say. The bound of chi-square with 9
// degrees of freedom is passed by chance once in 10^7; the numbers are always the same.
func TestDrawIsFair(t *testing.T) {
	const draws, of = 20_000, 10
	var counts [of]float64
	for i := range draws {
		counts[drawNumber(boxSecret, nil, Ticket{"r", string(rune(i)), strings.Repeat("m", i%7)}, of)]++
	}
	chi := 0.0
	for _, n := range counts {
		chi += (n - draws/of) * (n - draws/of) / (draws / of)
	}
	if chi > 50.8 {
		t.Errorf("chi-square %f: %v", chi, counts)
	}
}

// A draw verifies whatever was drawn, and whatever was left.
func TestLaw_DrawsVerify(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := *genDraw(t)
		r := Rule{ID: "r", Trigger: "order", Effect: Effect{Kind: DrawPrize, Draw: &d}}
		set, err := Compile(Definition{Rules: []Rule{r}})
		if err != nil {
			t.Fatal(err)
		}
		use := Usage{}
		for i := range 5 {
			ev := &Event{ID: rapid.StringN(1, 20, 60).Draw(t, "id"), Type: "order", Time: day(2 + i)}
			got, err := set.Evaluate(ev, use, Options{Funds: genFunds(t, set, ev), Secret: genSecret})
			if err != nil {
				t.Fatal(err)
			}
			drawn := *got.Awards[0].Drawn
			if err := VerifyDraw(genSecret, "r", d, drawn); err != nil {
				t.Fatal(err)
			}
			if g := d.Guarantee; g.After > 0 && drawn.Misses >= g.After && !drawn.Won && drawn.Because != DrawStock {
				t.Fatalf("%+v: the guarantee after %d was not kept", drawn, g.After)
			}
			use = use.Add(got.Awards)
		}
	})
}
