package report

import (
	"fmt"
	"math"

	"github.com/loyaltykit/loyalty/cost"
	"github.com/shopspring/decimal"
)

// Charts are drawn in units of their own, 400 wide; the page scales them.
const (
	chartWidth = 400.0
	left       = 44.0 // room for the axis
	right      = 388.0
	top        = 14.0
)

// line is a chart of a ratio in time.
type line struct {
	Height, Left, Right, LabelY float64
	Path                        string // of an SVG path, broken where the ratio is undefined
	Dots                        []dot
	Limit, Alarm                rule
	Grid                        []rule
	First, Last                 string // labels at the ends of the axis
}

type dot struct {
	X, Y  float64
	Class string
	Title string
	Text  string // of the last one
	TextY float64
}

type rule struct {
	Y    float64
	Text string
}

// px keeps coordinates short, and finite.
func px(v float64) float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return 0
	}
	return math.Round(v*10) / 10
}

func newLine(r *Ratio) line {
	const height, bottom = 210.0, 182.0
	most := max(r.Limit.InexactFloat64(), r.Alarm.InexactFloat64())
	for _, p := range r.Points {
		if p.View.Defined {
			most = max(most, p.View.Ratio.InexactFloat64())
		}
	}
	if most <= 0 {
		most = 0.01
	}
	most *= 1.15
	y := func(v float64) float64 { return px(bottom - max(v, 0)/most*(bottom-top)) }
	c := line{Height: height, Left: left, Right: right, LabelY: height - 10,
		Limit: rule{y(r.Limit.InexactFloat64()), "limit " + share(r.Limit)}, Alarm: rule{y(r.Alarm.InexactFloat64()), "alarm " + share(r.Alarm)},
		First: r.Points[0].Label, Last: r.Points[len(r.Points)-1].Label}
	for _, v := range ticks(most) {
		c.Grid = append(c.Grid, rule{y(v), fmt.Sprintf("%g%%", px(v*1000)/10)})
	}
	step := 0.0
	if n := len(r.Points); n > 1 {
		step = (right - left - 16) / float64(n-1)
	}
	pen := "M"
	for i, p := range r.Points {
		if !p.View.Defined {
			pen = "M"
			continue
		}
		d := dot{X: px(left + 8 + float64(i)*step), Y: y(p.View.Ratio.InexactFloat64()), Class: "ok",
			Title: p.Label + ": " + ratioText(p.View) + ", " + state(p.View)}
		if p.View.OverAlarm {
			d.Class = "bad"
		} else if p.View.OverLimit {
			d.Class = "warn"
		}
		if i == len(r.Points)-1 {
			d.Text, d.TextY = ratioText(p.View), px(max(d.Y-8, top))
			for _, held := range []rule{c.Limit, c.Alarm} {
				if d.TextY > held.Y-2 && d.TextY < held.Y+11 { // the line would strike it through
					d.TextY = px(d.Y + 15)
				}
			}
		}
		c.Path += fmt.Sprintf("%s%g %g", pen, d.X, d.Y)
		pen = "L"
		c.Dots = append(c.Dots, d)
	}
	return c
}

// ticks returns a few round values from 0 up to a most.
func ticks(most float64) []float64 {
	step := math.Pow(10, math.Floor(math.Log10(most)))
	for _, f := range []float64{1, 0.5, 0.2, 0.1} {
		if most/(step*f) >= 3 {
			step *= f
			break
		}
	}
	var out []float64
	for v := 0.0; v <= most && len(out) < 12; v += step {
		out = append(out, v)
	}
	return out
}

// waterfall is the roll-forward as bars that hang from where the one before ended.
type waterfall struct {
	Height, Left, Right, Zero float64
	Bars                      []bar
}

type bar struct {
	X, Y, Width, Height float64
	Class               string
	Name, Text          string
	NameY, TextY, MidX  float64
	LinkX, LinkTo       float64 // from here to the next bar
	LinkY               float64
}

func newWaterfall(r *cost.RollForward) waterfall {
	const height, bottom = 220.0, 186.0
	steps := []struct {
		name   string
		amount decimal.Decimal
		total  bool
	}{
		{"opening", r.Total.Opening, true}, {"issued", r.Total.Issued, false}, {"redeemed", r.Total.Redeemed, false}, {"breakage", r.Total.Breakage, false},
		{"estimate", r.Total.Estimate, false}, {"value", r.Total.Value, false}, {"closing", r.Total.Closing, true},
	}
	var low, high, at decimal.Decimal
	for _, s := range steps {
		if at = at.Add(s.amount); s.total {
			at = s.amount
		}
		low, high = decimal.Min(low, at), decimal.Max(high, at)
	}
	span := high.Sub(low).InexactFloat64()
	if span <= 0 {
		span = 1
	}
	y := func(d decimal.Decimal) float64 {
		return px(bottom - d.Sub(low).InexactFloat64()/span*(bottom-top-12))
	}
	c := waterfall{Height: height, Left: 4, Right: chartWidth - 4, Zero: y(decimal.Decimal{})}
	width := (chartWidth - 8) / float64(len(steps))
	at = decimal.Decimal{}
	for i, s := range steps {
		from, to := at, at.Add(s.amount)
		class := "up"
		switch {
		case s.total:
			from, to, class = decimal.Decimal{}, s.amount, "total"
		case s.amount.IsNegative():
			class = "down"
		}
		at = to
		b := bar{X: px(4 + float64(i)*width + 4), Width: px(width - 8), Y: min(y(from), y(to)), Class: class, Name: s.name,
			Text: compact(s.amount), NameY: height - 12}
		b.Height = px(max(math.Abs(y(from)-y(to)), 1))
		b.MidX, b.TextY = px(b.X+b.Width/2), px(b.Y-4)
		b.LinkX, b.LinkTo, b.LinkY = px(b.X+b.Width), px(b.X+b.Width+8), y(to)
		c.Bars = append(c.Bars, b)
	}
	return c
}

// compact writes an amount so that it fits over a bar: to the cent below a thousand,
// whole below a million, then in millions. The table below has it to the cent.
func compact(d decimal.Decimal) string {
	switch whole := d.Abs(); {
	case whole.LessThan(decimal.NewFromInt(1_000)):
		return d.StringFixed(2)
	case whole.LessThan(decimal.NewFromInt(1_000_000)):
		return d.Round(0).String()
	case whole.LessThan(decimal.NewFromInt(1_000_000_000)):
		return d.Shift(-6).StringFixed(2) + "m"
	}
	return d.Shift(-9).StringFixed(2) + "bn"
}

// heat is the triangle as colored cells, the darkest where most was redeemed.
type heat struct {
	Height float64
	Cells  []cellBox
	Rows   []rowName
	Ages   []rowName
}

type cellBox struct {
	X, Y, Width, Height float64
	Class               string
	Text, Title         string
	TextX, TextY        float64
}

type rowName struct {
	X, Y float64
	Text string
}

// redeemed is a cell's share, 0 where nothing was issued.
func redeemed(n, issued int64) float64 {
	if issued == 0 {
		return 0
	}
	return float64(n) / float64(issued)
}

// shades is how many steps of color there are.
const shades = 9

func newHeat(t *cost.Triangle) heat {
	const nameWidth, head = 54.0, 18.0
	ages := len(t.Rows[0].Redeemed)
	width := (chartWidth - nameWidth - 4) / float64(ages)
	height := min(max(340/float64(len(t.Rows)), 4), 26)
	c := heat{Height: px(head + height*float64(len(t.Rows)) + 6)}
	everyRow, everyAge := 1+int(12/height), 1+int(22/width)
	for k := 0; k < ages; k += everyAge {
		c.Ages = append(c.Ages, rowName{px(nameWidth + (float64(k)+0.5)*width), 12, fmt.Sprint(k)})
	}
	most := 0.0
	for _, r := range t.Rows {
		for _, n := range r.Redeemed {
			most = max(most, redeemed(n, r.Issued))
		}
	}
	for i, r := range t.Rows {
		y := head + float64(i)*height
		if i%everyRow == 0 {
			c.Rows = append(c.Rows, rowName{nameWidth - 6, px(y + height/2 + 3.5), r.Cohort})
		}
		for k, n := range r.Redeemed {
			of := 0.0
			if most > 0 {
				of = redeemed(n, r.Issued) / most
			}
			b := cellBox{X: px(nameWidth + float64(k)*width), Y: px(y), Width: px(max(width-1, 0.5)), Height: px(max(height-1, 0.5)),
				Class: fmt.Sprintf("s%d", min(int(of*shades), shades-1)), Title: fmt.Sprintf("%s, age %d: %s", r.Cohort, k, redeemedShare(n, r.Issued))}
			if b.TextX, b.TextY = px(b.X+b.Width/2), px(y+height/2+3.5); height >= 14 && width >= 38 {
				b.Text = redeemedShare(n, r.Issued)
			} else if height >= 14 && width >= 26 {
				b.Text = fmt.Sprintf("%.0f%%", 100*redeemed(n, r.Issued))
			}
			c.Cells = append(c.Cells, b)
		}
	}
	return c
}
