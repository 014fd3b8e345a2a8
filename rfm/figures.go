package rfm

import "iter"

// figures are a Summary in the numbers that the package counts in.
type figures struct {
	first, last       int // day numbers, of the whole history
	orders, purchases int64
	spend, firstSpend amount
	gapDays           int64
	gapSquares        int64
	longest           int64
}

// figuresOf sums a customer's cells, which are sorted, a cell a day. It reports
// false for one who bought nothing by the end of the window.
func figuresOf(cells []cell, d span) (figures, bool) {
	f := figures{first: -1}
	before := -1 // the purchase before, within the window
	for _, c := range cells {
		day := int(c.day)
		if day > d.asOf {
			break
		}
		if c.count > 0 {
			if f.first < 0 {
				f.first = day
			}
			f.last = day
		}
		if day < d.since {
			continue
		}
		f.orders += c.count
		f.spend = f.spend.add(c.net)
		if c.count <= 0 {
			continue
		}
		if f.purchases++; before < 0 {
			f.firstSpend = c.net
		} else {
			gap := int64(day - before)
			f.gapDays += gap
			f.gapSquares += gap * gap
			f.longest = max(f.longest, gap)
		}
		before = day
	}
	f.orders = max(0, f.orders)
	return f, f.first >= 0
}

func (f figures) summary(id string, w Window) Summary {
	return Summary{
		Customer: id, Since: w.Since, AsOf: w.AsOf,
		First: dateOf(f.first), Last: dateOf(f.last),
		Orders: f.orders, Purchases: f.purchases,
		Spend: f.spend.decimal(), FirstSpend: f.firstSpend.decimal(),
		GapDays: f.gapDays, GapSquares: f.gapSquares, LongestGap: f.longest,
	}
}

// values are what a score is made of.
type values struct {
	recency int64 // days
	orders  int64
	spend   int64 // millionths, within ±MaxSpend
}

func (f figures) values(d span) values {
	return values{recency: int64(d.asOf - f.last), orders: f.orders, spend: f.spend.clamped()}
}

func (s Summary) values() values {
	return values{recency: int64(s.Recency()), orders: s.Orders, spend: scoredSpend(s.Spend)}
}

// figures lists the customers of a shard who bought anything by the end of the
// window.
func (s *shard) figures(d span, room *scratch) iter.Seq2[uint32, figures] {
	return func(yield func(uint32, figures) bool) {
		for i, line := range s.listed {
			if i%touchAhead == 0 {
				room.touched += s.touch(s.listed[i:min(i+touchAhead, len(s.listed))])
			}
			f, ok := figuresOf(s.cells(line, room), d)
			if ok && !yield(line, f) {
				return
			}
		}
	}
}

const touchAhead = 64

// touch reads the heads of some records, and the last chunks of those, for the
// reason that [shard.take] has.
func (s *shard) touch(lines []uint32) (sum uint64) {
	for _, line := range lines {
		sum += s.at(line)[0]
	}
	for _, line := range lines {
		if c := head(s.at(line)[0]).tail(); c != 0 {
			sum += s.at(c)[0]
		}
	}
	return sum
}
