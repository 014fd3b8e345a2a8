package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"

	"github.com/loyaltykit/loyalty/cost"
	"github.com/shopspring/decimal"
)

//go:embed page.html
var pageText string

// page is parsed once; it is data of the package and never changes.
var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"share": share, "amount": amount, "label": label, "ratio": ratioText, "state": state,
	"redeemed": redeemedShare, "line": newLine, "waterfall": newWaterfall, "heat": newHeat,
	"class": statusClass, "points": func(v float64) string { return fmt.Sprintf("%.0f", v) },
	"urr":   func(v float64) string { return fmt.Sprintf("%.2f%%", v*100) },
	"cents": func(d decimal.Decimal, places int32) string { return d.StringFixed(places) },
	"level": func(v float64) string { return fmt.Sprintf("%g%%", v*100) },
	"lines": rollLines, "sides": sides,
}).Parse(pageText))

// WriteHTML writes the report as one HTML page that needs nothing else.
func (r *Report) WriteHTML(w io.Writer) error {
	if err := r.check(); err != nil {
		return err
	}
	if err := page.Execute(w, r); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}

func statusClass(s cost.Status) string {
	switch s {
	case cost.Met:
		return "ok"
	case cost.Missed:
		return "bad"
	case cost.Unproven:
		return "warn"
	}
	return "none"
}

// rollLines are the rows of the roll-forward's table, the total last.
func rollLines(r *cost.RollForward) []cost.RollLine {
	total := r.Total
	total.Cohort = "total"
	return append(append([]cost.RollLine{}, r.Cohorts...), total)
}

type sidePair struct{ Name, Now, Planned string }

// sides are the rows of the what-if's table.
func sides(o *cost.Outcome) []sidePair {
	view := func(s cost.Side) string {
		return ratioText(cost.View{Ratio: s.Ratio, Defined: s.Defined})
	}
	within := func(s cost.Side) string {
		if s.Within {
			return "within limit"
		}
		return "over limit"
	}
	return []sidePair{
		{"Points issued", fmt.Sprint(o.Now.Issued), fmt.Sprint(o.Planned.Issued)},
		{"Points cost", amount(o.Now.Cost), amount(o.Planned.Cost)},
		{"Cost over revenue", view(o.Now), view(o.Planned)},
		{"Limit", within(o.Now), within(o.Planned)},
		{"Liability", amount(o.Now.Liability), amount(o.Planned.Liability)},
	}
}
