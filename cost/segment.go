package cost

import "time"

// SegmentEstimate is the liability estimate of one segment of a [History].
type SegmentEstimate struct {
	Segment string `json:"segment"`
	// Pooled says that the factors are those of all segments together, because the
	// segment alone had too few redemptions for its own.
	Pooled bool `json:"pooled,omitempty"`
	Estimate
}

// BySegment estimates each segment of a history as [History.Triangle] has it at
// asOf. A segment of its own tells its own pattern where, at every age, factors rest
// on at least minPoints points; a sparser one takes the pattern of all.
func (c ChainLadder) BySegment(h *History, asOf time.Time, minPoints int64) ([]SegmentEstimate, error) {
	if minPoints < 1 {
		return nil, invalid("min_points", "%d is not above 0", minPoints)
	}
	all, err := h.Triangle(asOf)
	if err != nil {
		return nil, err
	}
	pooled, err := c.Fit(all)
	if err != nil {
		return nil, err
	}
	var out []SegmentEstimate
	for _, name := range h.Segments() {
		t, err := h.Triangle(asOf, name)
		if err != nil {
			return nil, err
		}
		s := SegmentEstimate{Segment: name, Pooled: true}
		d := pooled
		if own, err := c.Fit(t); err == nil && len(own.Factors) == len(pooled.Factors) && own.least() >= float64(minPoints) {
			d, s.Pooled = own, false
		}
		if s.Estimate, err = d.Estimate(t); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

// least returns the fewest points that any factor rests on.
func (d *Development) least() float64 {
	if len(d.Factors) == 0 {
		return 0
	}
	least := d.Factors[0].Weight
	for _, f := range d.Factors {
		least = min(least, f.Weight)
	}
	return least
}
