package rules

import (
	"fmt"
	"slices"
	"time"

	"github.com/loyaltykit/loyalty/calendar"
	"github.com/shopspring/decimal"
	"pgregory.net/rapid"
)

var (
	genSKUs       = []string{"a", "b", "c"}
	genCategories = []string{"food", "food/fruit", "food/fruit/apples", "foods", "toys"}
	genBrands     = []string{"acme", "ajax"}
	genLabels     = []string{"new", "sale", "eco"}
	genTiers      = []string{"silver", "gold"}
	genStages     = []string{"new", "active"}
	genInterests  = []string{"golf", "cats"}
	genSegments   = []string{"vip", "staff"}
	genUnits      = []string{"", "points", "stars"}
	genGroups     = []string{"", "g1", "g2"}
	genZones      = []string{"", "Europe/Berlin", "America/New_York"}
)

// rarely is true once in n.
func rarely(t *rapid.T, label string, n int) bool {
	return rapid.SampledFrom(slices.Concat(make([]bool, n-1), []bool{true})).Draw(t, label)
}

// some draws a few different entries, mostly none.
func some(t *rapid.T, label string, from []string) []string {
	if !rarely(t, label+"?", 10) {
		return nil
	}
	return rapid.SliceOfNDistinct(rapid.SampledFrom(from), 1, len(from), rapid.ID[string]).Draw(t, label)
}

// one draws an entry, mostly the first.
func one[T any](t *rapid.T, label string, from ...T) T {
	if rapid.Bool().Draw(t, label+"?") {
		return from[0]
	}
	return rapid.SampledFrom(from).Draw(t, label)
}

// genMicros draws an amount in millionths, at most limit, mostly whole cents.
func genMicros(t *rapid.T, label string, limit int64) int64 {
	if usual := rapid.SampledFrom([]int64{19_990_000, 100_000_000, 7_500_000, 333_330_000}).Draw(t, label+" usual"); usual <= limit && rapid.Bool().Draw(t, label+" is usual") {
		return usual
	}
	unit := one(t, label+" unit", int64(10_000), 1, 1_000_000)
	most := min(limit, one(t, label+" most", int64(500_000_000), 5_000_000, limit))
	return rapid.Int64Range(0, most/unit).Draw(t, label) * unit
}

func genMoney(t *rapid.T, label string, limit int64) decimal.Decimal {
	return decimal.New(genMicros(t, label, limit), -6)
}

func genDefinition(t *rapid.T) Definition {
	d := Definition{
		Zone:       rapid.SampledFrom(genZones).Draw(t, "zone"),
		Unit:       one(t, "unit", "", "stars"),
		Groups:     map[string]StackMode{},
		Attributes: genDeclared,
	}
	for _, g := range genGroups[1:] {
		d.Groups[g] = rapid.SampledFrom([]StackMode{StackCompound, StackAdditive, StackHighest, StackFirst}).Draw(t, "mode")
	}
	for i := range rapid.IntRange(1, 7).Draw(t, "rules") {
		d.Rules = append(d.Rules, genRule(t, fmt.Sprintf("r%d", i)))
	}
	if rapid.Bool().Draw(t, "plain base") {
		d.Rules = append(d.Rules, rateRule("plain"))
	}
	for i := range rapid.IntRange(0, 2).Draw(t, "caps") {
		d.Caps = append(d.Caps, genCap(t, fmt.Sprintf("c%d", i), &d))
	}
	return d
}

func genCap(t *rapid.T, id string, d *Definition) Cap {
	c := Cap{ID: id, Points: rapid.Int64Range(1, 2000).Draw(t, "cap"), Per: rapid.SampledFrom(pers[:]).Draw(t, "cap per")}
	first := d.Rules[rapid.IntRange(0, len(d.Rules)-1).Draw(t, "capped")]
	c.Unit = first.Unit
	if rapid.Bool().Draw(t, "cap of rules") {
		for _, r := range d.Rules {
			if r.Unit == first.Unit && (r.ID == first.ID || rapid.Bool().Draw(t, "capped too")) {
				c.Rules = append(c.Rules, r.ID)
			}
		}
	}
	return c
}

func genRule(t *rapid.T, id string) Rule {
	r := Rule{
		ID:       id,
		Trigger:  one(t, "trigger", "order", "order", "order", "check_in"),
		Disabled: rarely(t, "disabled", 20),
		Audience: Audience{
			Tiers:       some(t, "tiers", genTiers),
			SegmentsAny: some(t, "segments any", genSegments),
			SegmentsNot: some(t, "segments not", genSegments),
			Stages:      some(t, "stages", genStages),
			Interests:   some(t, "interests", genInterests),
			Channels:    some(t, "channels", []string{"web", "app"}),
			FirstOrder:  rarely(t, "first", 20),
		},
		Lines:         genSelector(t),
		Unit:          one(t, "rule unit", genUnits...),
		Priority:      one(t, "priority", 0, 1, -1),
		Exclusive:     rarely(t, "exclusive", 15),
		NonQualifying: rapid.Bool().Draw(t, "non qualifying"),
	}
	if !r.Audience.FirstOrder && rarely(t, "nth?", 15) {
		r.Audience.NthOrder = NthOrder{From: rapid.IntRange(0, 2).Draw(t, "nth"), Every: rapid.IntRange(0, 2).Draw(t, "every")}
	}
	if rarely(t, "when?", 6) {
		r.When = genCondition(t, 2)
	}
	r.Effect = genEffect(t)
	if r.Effect.Kind == Multiplier {
		r.Group = rapid.SampledFrom(genGroups).Draw(t, "group")
	} else {
		r.Phase = one(t, "phase", "", PhaseBase, PhaseBonus)
	}
	if r.Effect.Kind == Rate || !r.Lines.MinAmount.IsZero() {
		r.Effect.Basis = genBasis(t, !narrows(r.Lines))
	}
	if rarely(t, "window?", 12) {
		r.Window = genWindow(t)
	}
	if rarely(t, "terms?", 6) {
		r.Pending = Pending{Days: rapid.IntRange(0, 40).Draw(t, "pending days"), Months: rapid.IntRange(0, 2).Draw(t, "pending months"), Await: one(t, "await", "", "done/{event}", "{member}{order}")}
		r.Expiry = rapid.SampledFrom([]Expiry{{}, {Never: true}, {Days: 1}, {Months: 12, EndOf: calendar.Month}, {EndOf: calendar.Quarter}}).Draw(t, "expiry")
	}
	for range one(t, "limits", 0, 1, 2) {
		l := Limit{Per: rapid.SampledFrom(pers[:]).Draw(t, "limit per")}
		if l.Per != PerOrder && rapid.Bool().Draw(t, "uses?") {
			l.Uses = rapid.Int64Range(1, 3).Draw(t, "uses")
		} else {
			l.Points = rapid.Int64Range(1, 1000).Draw(t, "limit")
		}
		r.Limits = append(r.Limits, l)
	}
	return r
}

func genSelector(t *rapid.T) (s Selector) {
	if !rarely(t, "selector?", 3) {
		return s
	}
	s = Selector{
		SKUs: some(t, "skus", genSKUs), Categories: some(t, "categories", genCategories),
		Brands: some(t, "brands", genBrands), Labels: some(t, "labels", genLabels),
		Exclude: Exclusion{SKUs: some(t, "not skus", genSKUs), Categories: some(t, "not categories", genCategories), Labels: some(t, "not labels", genLabels)},
	}
	if rarely(t, "min?", 3) {
		s.MinQuantity = genMoney(t, "min quantity", 5_000_000)
		s.MinAmount = genMoney(t, "min amount", 100_000_000)
	}
	return s
}

func genBasis(t *rapid.T, whole bool) Basis {
	flag := rapid.Bool()
	return Basis{
		BeforeDiscount: flag.Draw(t, "before"), ExcludeTax: flag.Draw(t, "tax"), Shipping: whole && flag.Draw(t, "shipping"),
		PaidInPoints: flag.Draw(t, "in points"), PaidByGiftCard: flag.Draw(t, "by card"),
	}
}

func genEffect(t *rapid.T) (e Effect) {
	e.Kind = rapid.SampledFrom([]EffectKind{Rate, Rate, Fixed, PerQuantity, Multiplier, Multiplier, Multiplier}).Draw(t, "kind")
	round := rapid.SampledFrom([]Rounding{"", RoundFloor, RoundHalfUp, RoundHalfEven, RoundCeil}).Draw(t, "round")
	switch e.Kind {
	case Multiplier:
		e.Factor = dec(rapid.SampledFrom([]string{"1", "1.5", "2", "3", "1.2", "1.000001", "1.333333", "999.999999"}).Draw(t, "factor"))
		e.Round = round
		return e
	case Fixed:
		e.Points = rapid.Int64Range(1, 500).Draw(t, "points")
		return e
	case PerQuantity:
		e.Points = rapid.Int64Range(1, 50).Draw(t, "points")
		e.Round, e.PerLine = round, rapid.Bool().Draw(t, "per line")
		return e
	}
	e.Points = rapid.SampledFrom([]int64{1, 2, 3, 7}).Draw(t, "points")
	e.Per = dec(rapid.SampledFrom([]string{"1", "42", "0.42", "100", "0.7", "12.345678"}).Draw(t, "per"))
	switch rapid.IntRange(0, 3).Draw(t, "rate") {
	case 0:
		e.Blocks, e.PerLine = true, rapid.Bool().Draw(t, "per line")
	case 1:
		e.Per = dec(rapid.SampledFrom([]string{"42", "0.42", "84"}).Draw(t, "per carried"))
		e.Carry, e.Blocks = true, rapid.Bool().Draw(t, "blocks")
	default:
		e.Round, e.PerLine = round, rapid.Bool().Draw(t, "per line")
	}
	return e
}

func genWindow(t *rapid.T) (w Window) {
	switch rapid.IntRange(0, 3).Draw(t, "window") {
	case 0:
		w.From = day(rapid.IntRange(1, 15).Draw(t, "from"))
		w.Until = w.From.AddDate(0, 0, rapid.IntRange(1, 15).Draw(t, "days"))
	case 1:
		w.Slots = []calendar.Slot{{Days: calendar.WeekdaysOf(time.Saturday, time.Sunday)}, {From: 18 * 60, Until: 22 * 60}}
	default:
		w.Occasion.Kind = rapid.SampledFrom([]string{OccasionBirthday, OccasionAnniversary}).Draw(t, "occasion")
		w.Occasion.Span = rapid.SampledFrom([]calendar.Period{"", calendar.Day, calendar.Week, calendar.Month}).Draw(t, "span")
		w.Occasion.Leap = rapid.SampledFrom([]calendar.LeapRule{"", calendar.Mar1, calendar.Feb28}).Draw(t, "leap")
	}
	return w
}

func genEvent(t *rapid.T) *Event {
	ev := &Event{
		ID:      "e1",
		Type:    one(t, "type", "order", "order", "check_in"),
		Time:    genTime(t),
		Channel: rapid.SampledFrom([]string{"", "web", "app"}).Draw(t, "channel"),
		Member: Member{
			ID:        "m1",
			Tier:      rapid.SampledFrom([]string{"", "silver", "gold"}).Draw(t, "tier"),
			Segments:  some(t, "segments", genSegments),
			Stage:     rapid.SampledFrom([]string{"", "new", "active"}).Draw(t, "stage"),
			Interests: some(t, "interests", genInterests),
			Orders:    one(t, "orders", 0, 1, 2, 3),
		},
	}
	if rapid.Bool().Draw(t, "birthday?") {
		ev.Member.Birthday = rapid.SampledFrom([]calendar.Yearly{{Month: 2, Day: 29}, {Month: 3, Day: 1}, {Month: 12, Day: 31}, {Month: 1, Day: 1}}).Draw(t, "birthday")
		ev.Member.Joined = rapid.SampledFrom([]calendar.Date{{Year: 2024, Month: 2, Day: 29}, {Year: 2026, Month: 3, Day: 1}, {Year: 2025, Month: 12, Day: 31}}).Draw(t, "joined")
	}
	ev.Attributes = genAttributes(t)
	if rapid.Bool().Draw(t, "country?") {
		ev.Member.Attributes = Attributes{"country": Text("DE")}
	}
	if ev.Type == "order" || rapid.Bool().Draw(t, "order?") {
		ev.Order = genOrder(t)
	}
	return ev
}

// genTime draws moments around those that matter to genWindow.
func genTime(t *rapid.T) time.Time {
	from := rapid.SampledFrom([]time.Time{day(1), time.Date(2025, 12, 31, 0, 0, 0, 0, time.UTC), time.Date(2028, 2, 28, 12, 0, 0, 0, time.UTC)}).Draw(t, "around")
	return from.Add(time.Duration(rapid.IntRange(-72, 400).Draw(t, "hours")) * time.Hour)
}

func genOrder(t *rapid.T) *Order {
	o := &Order{ID: "o1"}
	money := func(label string, limit decimal.Decimal) decimal.Decimal {
		m, _ := micros(limit)
		if !rarely(t, label+"?", 3) {
			return decimal.Decimal{}
		}
		return genMoney(t, label, m)
	}
	for i := range rapid.IntRange(1, 6).Draw(t, "lines") {
		l := Line{
			ID:       fmt.Sprint(i + 1),
			SKU:      rapid.SampledFrom(genSKUs).Draw(t, "sku"),
			Category: rapid.SampledFrom(genCategories).Draw(t, "category"),
			Brand:    rapid.SampledFrom(genBrands).Draw(t, "brand"),
			Labels:   some(t, "labels", genLabels),
			Quantity: one(t, "quantity", dec("1"), dec("2"), dec("0.5"), dec("1.333333")),
			Amount:   genMoney(t, "amount", 1_000_000_000_000),
		}
		l.Discount = money("line discount", l.Amount)
		l.Tax = money("tax", l.Amount.Sub(l.Discount))
		o.Lines = append(o.Lines, l)
	}
	o.Shipping = money("shipping", dec("100"))
	o.ShippingTax = money("shipping tax", o.Shipping)
	fit(o)
	o.Discount = money("discount", o.Total)
	fit(o)
	o.PaidInPoints = money("paid in points", o.Total)
	o.PaidByGiftCard = money("paid by gift card", o.Total.Sub(o.PaidInPoints))
	return o
}

// genUsage draws what a member may have had of a definition by the time of an event.
func genUsage(t *rapid.T, d Definition, at time.Time) Usage {
	zone, _ := time.LoadLocation(d.Zone)
	u := Usage{}
	put := func(prefix string, per Per) {
		if per != PerOrder && rapid.Bool().Draw(t, "used?") {
			key := prefix + calendar.Period(per).Key(at, zone)
			u[key] = Use{Points: rapid.Int64Range(0, 2000).Draw(t, "used"), Uses: rapid.Int64Range(0, 3).Draw(t, "uses")}
		}
	}
	for _, r := range d.Rules {
		for _, l := range r.Limits {
			put("rule/"+r.ID+"/", l.Per)
		}
		if r.Effect.Carry && rapid.Bool().Draw(t, "carry?") {
			u["carry/"+r.ID] = Use{Carry: decimal.New(rapid.Int64Range(-100_000_000, 100_000_000).Draw(t, "carry"), -6)}
		}
	}
	for _, c := range d.Caps {
		put("cap/"+c.ID+"/", c.Per)
	}
	return u
}

// shuffled returns the definition with everything listed in another order.
func shuffled(t *rapid.T, d Definition) Definition {
	d = d.clone()
	d.Rules = rapid.Permutation(d.Rules).Draw(t, "rules in another order")
	d.Caps = rapid.Permutation(d.Caps).Draw(t, "caps in another order")
	d.Budgets = rapid.Permutation(d.Budgets).Draw(t, "budgets in another order")
	for i := range d.Budgets {
		slices.Reverse(d.Budgets[i].Rules)
	}
	for i := range d.Caps {
		slices.Reverse(d.Caps[i].Rules)
	}
	return d
}
