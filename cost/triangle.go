package cost

import (
	"encoding/json"
	"fmt"
)

// Limits of a Triangle.
const (
	MaxCohorts = 1200 // a hundred years of months
	MaxAges    = 1200
)

// Triangle is what became of points by issue cohort and age: the usual
// development triangle. Rows go from the oldest cohort to the youngest, and no
// row is longer than the one before it.
type Triangle struct {
	Rows []Row `json:"rows"`
}

// Row is one issue cohort. Age 0 is the period of issue.
type Row struct {
	Cohort string `json:"cohort"` // "2026-03"
	Issued int64  `json:"issued"` // points, less what was taken back
	// Redeemed and Expired are points to date at the end of each age; the last
	// figure is the latest. Redeemed may fall where redemptions were returned. No
	// Expired at all is none expired.
	Redeemed Cumulative `json:"redeemed"`
	Expired  Cumulative `json:"expired,omitempty"`
}

// Cumulative is figures to date by age. In JSON, null after the last figure is
// not yet known; null before it is a hole, which no estimate accepts.
type Cumulative []int64

// hole stands for a null between figures until the triangle is checked.
const hole int64 = -1 << 63

// UnmarshalJSON reads an array of whole numbers with nulls at its end.
func (c *Cumulative) UnmarshalJSON(text []byte) error {
	var cells []*int64
	if err := json.Unmarshal(text, &cells); err != nil {
		return err
	}
	for len(cells) > 0 && cells[len(cells)-1] == nil {
		cells = cells[:len(cells)-1]
	}
	*c = nil
	for _, cell := range cells {
		if cell == nil {
			*c = append(*c, hole)
			continue
		}
		*c = append(*c, *cell)
	}
	return nil
}

// latest returns the last figure, 0 of none.
func (c Cumulative) latest() int64 {
	if len(c) == 0 {
		return 0
	}
	return c[len(c)-1]
}

// Outstanding returns the points neither redeemed nor expired.
func (r Row) Outstanding() int64 { return r.Issued - r.Redeemed.latest() - r.Expired.latest() }

// Validate reports every cell that cannot be, as one [*InvalidError] each: holes,
// figures below zero, more gone than was issued, a row longer than the one above.
func (t Triangle) Validate() error {
	var bad problems
	switch n := len(t.Rows); {
	case n == 0:
		bad.add("rows", "there is no cohort")
	case n > MaxCohorts:
		bad.add("rows", "%d cohorts are more than %d", n, MaxCohorts)
		return bad.err()
	}
	seen := map[string]int{}
	for i, r := range t.Rows {
		path := fmt.Sprintf("rows[%d]", i)
		checkText(path+".cohort", r.Cohort, MaxName, &bad)
		if first, ok := seen[r.Cohort]; ok {
			bad.add(path+".cohort", "%s is rows[%d] already", quote(r.Cohort), first)
		}
		seen[r.Cohort] = i
		checkPoints(path+".issued", r.Issued, &bad)
		switch n := len(r.Redeemed); {
		case n == 0:
			bad.add(path+".redeemed", "has no figure")
		case n > MaxAges:
			bad.add(path+".redeemed", "%d ages are more than %d", n, MaxAges)
			continue
		case i > 0 && n > len(t.Rows[i-1].Redeemed):
			bad.add(path+".redeemed", "%d ages are more than the %d of the older cohort above", n, len(t.Rows[i-1].Redeemed))
		}
		if len(r.Expired) > 0 && len(r.Expired) != len(r.Redeemed) {
			bad.add(path+".expired", "has %d ages where redeemed has %d", len(r.Expired), len(r.Redeemed))
			continue
		}
		r.checkCells(path, &bad)
	}
	return bad.err()
}

func (r Row) checkCells(path string, bad *problems) {
	for k, redeemed := range r.Redeemed {
		var expired int64
		if len(r.Expired) > 0 {
			expired = r.Expired[k]
		}
		switch {
		case redeemed == hole:
			bad.add(fmt.Sprintf("%s.redeemed[%d]", path, k), "is a hole")
		case redeemed < 0:
			bad.add(fmt.Sprintf("%s.redeemed[%d]", path, k), "%d is below 0", redeemed)
		case expired == hole:
			bad.add(fmt.Sprintf("%s.expired[%d]", path, k), "is a hole")
		case expired < 0:
			bad.add(fmt.Sprintf("%s.expired[%d]", path, k), "%d is below 0", expired)
		case redeemed > r.Issued:
			bad.add(fmt.Sprintf("%s.redeemed[%d]", path, k), "%d is more than the %d issued", redeemed, r.Issued)
		case expired > r.Issued-redeemed:
			bad.add(fmt.Sprintf("%s.expired[%d]", path, k), "%d and %d redeemed are more than the %d issued", expired, redeemed, r.Issued)
		}
	}
}

// ages returns how many ages the oldest cohort has seen.
func (t Triangle) ages() int { return len(t.Rows[0].Redeemed) }
