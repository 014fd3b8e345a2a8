package rules

// bareIndex is the least that could be written for the rules of campaigns alone:
// two maps, and a comparison of each condition. It is the floor that the matching
// of any rules is held against; nothing is as fast that does more.
type bareIndex struct {
	skus, categories map[string][]int32
	tiers            map[string]uint8
	rules            []bareRule
}

type bareRule struct {
	from, until, minAmount int64
	sku, category          string
	tiers                  uint8
}

func newBareIndex(d Definition) *bareIndex {
	x := &bareIndex{map[string][]int32{}, map[string][]int32{}, map[string]uint8{"silver": 1, "gold": 2, "platinum": 4}, nil}
	for i := range d.Rules {
		r := &d.Rules[i]
		b := bareRule{from: r.Window.From.Unix(), until: r.Window.Until.Unix()}
		b.minAmount, _ = micros(r.Lines.MinAmount)
		for _, t := range r.Audience.Tiers {
			b.tiers |= x.tiers[t]
		}
		for _, sku := range r.Lines.SKUs {
			b.sku = sku
			x.skus[sku] = append(x.skus[sku], int32(i))
		}
		for _, c := range r.Lines.Categories {
			b.category = c
			x.categories[c] = append(x.categories[c], int32(i))
		}
		x.rules = append(x.rules, b)
	}
	return x
}

func (x *bareIndex) countMatches(ev *Event, o *order) (n int) {
	at, tier := ev.Time.Unix(), x.tiers[ev.Member.Tier]
	for i := range ev.Order.Lines {
		for _, lists := range [2][]int32{x.skus[ev.Order.Lines[i].SKU], x.categories[ev.Order.Lines[i].Category]} {
			for _, i := range lists {
				if x.matches(&x.rules[i], ev, o, at, tier) {
					n++
				}
			}
		}
	}
	return n
}

func (x *bareIndex) matches(r *bareRule, ev *Event, o *order, at int64, tier uint8) bool {
	if at < r.from || at >= r.until || r.tiers&tier == 0 {
		return false
	}
	amount := int64(0)
	for i := range ev.Order.Lines {
		l := &ev.Order.Lines[i]
		if r.sku != "" && l.SKU == r.sku || r.category != "" && l.Category == r.category {
			amount += o.lines[i].net
		}
	}
	return amount >= r.minAmount
}
