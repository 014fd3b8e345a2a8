package rfm_test

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/rfm"
	"github.com/shopspring/decimal"
	"pgregory.net/rapid"
)

// drawZone draws a zone: none, one with a jump at midnight, ones far from UTC.
func drawZone(t *rapid.T) string {
	return rapid.SampledFrom([]string{"", "Europe/Berlin", "America/Sao_Paulo", "Pacific/Kiritimati", "America/St_Johns", "Pacific/Apia"}).Draw(t, "zone")
}

// drawOrders draws orders of few customers on few days, most of ordinary size.
func drawOrders(t *rapid.T) []rfm.Order {
	one := rapid.Custom(func(t *rapid.T) rfm.Order {
		o := rfm.Order{Customer: rapid.SampledFrom([]string{"a", "b", "c", "ab", "日本", "a ", "a\x00", "12345678", "member-0000001", "member-0000002", strings.Repeat("x", rfm.MaxID)}).Draw(t, "customer")}
		second := rapid.OneOf(
			rapid.Int64Range(1_293_000_000, 1_326_000_000), // 2011, in which Samoa left out a day
			rapid.Int64Range(1_293_800_000, 1_293_990_000), // two days of it
			rapid.Int64Range(86_400*2, 5_000_000_000),
		).Draw(t, "at")
		o.At = time.Unix(second, 0)
		cents := rapid.OneOf(rapid.Int64Range(-20_00, 200_00), rapid.Int64Range(-99_999_999_999_999, 99_999_999_999_999)).Draw(t, "cents")
		o.Amount = decimal.New(cents, -2)
		if rapid.IntRange(0, 5).Draw(t, "fine") == 0 {
			o.Amount = o.Amount.Add(decimal.New(1, -6))
		}
		o.Cancels = o.Amount.Sign() <= 0 && rapid.Bool().Draw(t, "cancels")
		return o
	})
	return rapid.SliceOfN(one, 0, 60).Draw(t, "orders")
}

func drawWindow(t *rapid.T) rfm.Window {
	day := rapid.Custom(func(t *rapid.T) calendar.Date {
		return calendar.Date{Year: 2010, Month: 12, Day: 28}.AddDays(rapid.IntRange(0, 400).Draw(t, "day"))
	})
	w := rfm.Window{AsOf: day.Draw(t, "as of")}
	if rapid.Bool().Draw(t, "windowed") {
		w.Since = day.Draw(t, "since")
	}
	return w
}

// plainSummaries is the definition of a summary, written to be read: the oracle
// of the Builder.
func plainSummaries(zone string, orders []rfm.Order, w rfm.Window) []rfm.Summary {
	loc, err := time.LoadLocation(zone)
	if err != nil {
		panic(err)
	}
	type day struct {
		count int64
		net   decimal.Decimal
	}
	customers := map[string]map[calendar.Date]day{}
	for _, o := range orders {
		days := customers[o.Customer]
		if days == nil {
			days = map[calendar.Date]day{}
			customers[o.Customer] = days
		}
		on := calendar.DateOf(o.At, loc)
		d := days[on]
		switch {
		case o.Cancels:
			d.count--
		case o.Amount.Sign() >= 0:
			d.count++
		}
		d.net = d.net.Add(o.Amount)
		days[on] = d
	}
	all := []rfm.Summary{}
	for id, days := range customers {
		s := rfm.Summary{Customer: id, Since: w.Since, AsOf: w.AsOf}
		var dates, inside []calendar.Date
		for on, d := range days {
			if on.After(w.AsOf) {
				continue
			}
			if d.count > 0 {
				dates = append(dates, on)
			}
			if !on.Before(w.Since) {
				s.Orders += d.count
				s.Spend = s.Spend.Add(d.net)
				if d.count > 0 {
					inside = append(inside, on)
				}
			}
		}
		if len(dates) == 0 {
			continue
		}
		slices.SortFunc(dates, calendar.Date.Compare)
		slices.SortFunc(inside, calendar.Date.Compare)
		s.First, s.Last = dates[0], dates[len(dates)-1]
		s.Orders = max(0, s.Orders)
		s.Purchases = int64(len(inside))
		for i, on := range inside {
			if i == 0 {
				s.FirstSpend = days[on].net
				continue
			}
			gap := int64(on.DaysSince(inside[i-1]))
			s.GapDays += gap
			s.GapSquares += gap * gap
			s.LongestGap = max(s.LongestGap, gap)
		}
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b rfm.Summary) int { return cmp.Compare(a.Customer, b.Customer) })
	return all
}

// drawSummaries draws sound summaries of many customers, with many ties.
func drawSummaries(t *rapid.T, least int) []rfm.Summary {
	one := rapid.Custom(func(t *rapid.T) rfm.Summary {
		s := rfm.Summary{AsOf: calendar.Date{Year: 2026, Month: 11, Day: 22}}
		s.Last = s.AsOf.AddDays(-rapid.OneOf(rapid.IntRange(0, 12), rapid.IntRange(0, 3000)).Draw(t, "recency"))
		s.Purchases = rapid.OneOf(rapid.Int64Range(1, 4), rapid.Int64Range(1, 60)).Draw(t, "purchases")
		s.Orders = s.Purchases + rapid.Int64Range(0, 3).Draw(t, "more")
		s.Spend = decimal.New(rapid.OneOf(rapid.Int64Range(0, 5), rapid.Int64Range(-100_00, 20_000_00)).Draw(t, "cents"), -2)
		for range s.Purchases - 1 {
			gap := rapid.OneOf(rapid.Just(int64(30)), rapid.Int64Range(1, 200)).Draw(t, "gap")
			s.GapDays, s.GapSquares, s.LongestGap = s.GapDays+gap, s.GapSquares+gap*gap, max(s.LongestGap, gap)
		}
		s.First = s.Last.AddDays(-int(s.GapDays))
		return s
	})
	all := rapid.SliceOfN(one, least, 80).Draw(t, "summaries")
	for i := range all {
		all[i].Customer = "c" + decimal.NewFromInt(int64(i)).String()
	}
	return all
}
