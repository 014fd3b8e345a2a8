package clv

import (
	"fmt"
	"html"
	"math"
	"strings"
)

// The plots are whole SVG documents of 640 by 400, without scripts or fonts of
// their own. Actual is dark and solid, predicted orange and open or dashed, so
// that they differ without colour too.
const (
	plotWidth, plotHeight                        = 640.0, 400.0
	plotLeft, plotRight, plotTop, plotBottom     = 64.0, 616.0, 56.0, 344.0
	actualColour, predictedColour, inkColour     = "#1f3b57", "#d9772b", "#444"
	actualLabel, predictedLabel, calibrationNote = "actual", "predicted", "calibration ends"
)

// SVG draws the bins as pairs of bars, actual and predicted.
func (k *Check) SVG() string {
	top := 0.0
	for _, b := range k.Bins {
		top = math.Max(top, math.Max(b.Actual, b.Predicted))
	}
	p := newPlot(k.Title, top)
	slot := (plotRight - plotLeft) / math.Max(1, float64(len(k.Bins)))
	for i, b := range k.Bins {
		left := plotLeft + slot*(float64(i)+0.14)
		p.bar(left, slot*0.34, b.Actual, `fill="`+actualColour+`"`, fmt.Sprintf("%s %s: %.4g", actualLabel, b.Label, b.Actual))
		p.bar(left+slot*0.38, slot*0.34, b.Predicted, `fill="none" stroke="`+predictedColour+`" stroke-width="2"`,
			fmt.Sprintf("%s %s: %.4g", predictedLabel, b.Label, b.Predicted))
		p.text(plotLeft+slot*(float64(i)+0.5), plotBottom+18, "middle", b.Label)
	}
	p.text((plotLeft+plotRight)/2, plotHeight-14, "middle", "repeat purchases in calibration")
	return p.done()
}

// SVG draws actual and expected cumulative purchases as lines over time.
func (k *Tracking) SVG() string {
	top := 0.0
	for i := range k.Actual {
		top = math.Max(top, math.Max(k.Actual[i], k.Expected[i]))
	}
	p := newPlot(k.Title, top)
	end := math.Max(k.Period*float64(len(k.Actual)), k.End)
	across := func(t float64) float64 {
		return plotLeft + (plotRight-plotLeft)*t/math.Max(end, math.SmallestNonzeroFloat64)
	}
	if end > 0 {
		p.printf(`<line x1="%.1f" y1="%.0f" x2="%.1f" y2="%.0f" stroke="#999" stroke-dasharray="2 3"/>`,
			across(k.End), plotTop, across(k.End), plotBottom)
		p.text(across(k.End), plotBottom+18, "middle", calibrationNote)
		p.text(plotRight, plotBottom+18, "end", short(end))
	}
	line := func(values []float64, style string) {
		p.printf(`<polyline fill="none" stroke-width="2" %s points="%.1f,%.1f`, style, plotLeft, plotBottom)
		for i, v := range values {
			p.printf(" %.1f,%.1f", across(k.Period*float64(i+1)), p.up(v))
		}
		p.printf(`"/>`)
	}
	line(k.Actual, `stroke="`+actualColour+`"`)
	line(k.Expected, `stroke="`+predictedColour+`" stroke-dasharray="7 4"`)
	p.text((plotLeft+plotRight)/2, plotHeight-14, "middle", "time since the earliest first purchase")
	return p.done()
}

// plot is an SVG document with a vertical axis from 0.
type plot struct {
	strings.Builder
	top float64
}

func newPlot(title string, top float64) *plot {
	step := niceStep(top)
	p := &plot{top: math.Max(step, math.Ceil(top/step)*step)}
	p.printf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %.0f" font-family="sans-serif" font-size="12" fill="%s">`,
		plotWidth, plotHeight, inkColour)
	p.printf(`<title>%s</title><rect width="100%%" height="100%%" fill="#fff"/>`, html.EscapeString(title))
	p.printf(`<text x="%.0f" y="24" font-size="15">%s</text>`, plotLeft, html.EscapeString(title))
	p.printf(`<rect x="%.0f" y="34" width="12" height="10" fill="%s"/>`, plotLeft, actualColour)
	p.text(plotLeft+18, 43, "start", actualLabel)
	p.printf(`<rect x="%.0f" y="35" width="11" height="8" fill="none" stroke="%s" stroke-width="2"/>`, plotLeft+80, predictedColour)
	p.text(plotLeft+98, 43, "start", predictedLabel)
	for v := 0.0; v <= p.top*1.001; v += step {
		p.printf(`<line x1="%.0f" y1="%.1f" x2="%.0f" y2="%.1f" stroke="#ddd"/>`, plotLeft, p.up(v), plotRight, p.up(v))
		p.text(plotLeft-8, p.up(v)+4, "end", short(v))
	}
	return p
}

// niceStep divides [0, top] into about five by 1, 2 or 5 times a power of ten.
func niceStep(top float64) float64 {
	if !(top > 0) {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(top/5)))
	for _, n := range []float64{1, 2, 5} {
		if top/5 <= n*power {
			return n * power
		}
	}
	return 10 * power
}

func short(v float64) string { return fmt.Sprintf("%.6g", v) }

// up is the height of a value on the page.
func (p *plot) up(v float64) float64 { return plotBottom - (plotBottom-plotTop)*v/p.top }

func (p *plot) bar(left, width, value float64, style, tip string) {
	p.printf(`<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" %s><title>%s</title></rect>`,
		left, p.up(value), width, plotBottom-p.up(value), style, html.EscapeString(tip))
}

func (p *plot) text(x, y float64, anchor, text string) {
	p.printf(`<text x="%.1f" y="%.1f" text-anchor="%s">%s</text>`, x, y, anchor, html.EscapeString(text))
}

func (p *plot) printf(format string, args ...any) { fmt.Fprintf(p, format, args...) }

func (p *plot) done() string {
	p.printf("</svg>\n")
	return p.String()
}
