package tier

import "time"

// Progress is how far a member has come at a moment, and what is ahead. Its
// times are in the ladder's zone.
type Progress struct {
	Tier   Tier  `json:"tier"`
	Points int64 `json:"points"` // earned in the current period, less what was taken back

	// Next is the tier above; the zero Tier at the top. Missing more points,
	// earned before Until, reach it.
	Next    Tier  `json:"next,omitzero"`
	Missing int64 `json:"missing,omitempty"`

	// Until is when the current period ends; zero if it never does.
	Until time.Time `json:"until,omitzero"`

	// KeptUntil is until when the present tier is sure, if nothing is earned from
	// now on and nothing taken back; zero if no end is in sight, as on the entry
	// tier. MissingToKeep more points, earned before Until, keep it to the end of
	// the period after; zero if it already is.
	KeptUntil     time.Time `json:"kept_until,omitzero"`
	MissingToKeep int64     `json:"missing_to_keep,omitempty"`
}

// Progress returns how far a member has come at a moment. Like [Ladder.At] it
// depends on st.Points and at alone.
func (l *Ladder) Progress(st Status, at time.Time) Progress {
	f := l.frame(at)
	i := l.at(st, f)
	p := Progress{Tier: l.tiers[i].clone(), Points: st.total(f.key), Until: f.Until}
	if i+1 < len(l.tiers) {
		p.Next = l.tiers[i+1].clone()
		p.Missing = p.Next.Threshold - p.Points
	}
	if i > 0 && !f.Until.IsZero() {
		p.MissingToKeep = max(0, p.Tier.Threshold-p.Points)
		p.KeptUntil = l.sure(st, at, i)
	}
	return p
}

// sure returns until when time alone does not take the tier of a rank away.
func (l *Ladder) sure(st Status, at time.Time, rank int) time.Time {
	for _, t := range l.turns(st, at) {
		if t.to < rank {
			return t.at
		}
	}
	return time.Time{}
}

// Due returns the next moment, after at, at which time alone changes the tier;
// zero if it never will. Then is when to Settle again. It is the end of a
// period, in the ladder's zone, or the beginning of one in which points were
// counted ahead of time.
func (l *Ladder) Due(st Status, at time.Time) time.Time {
	if turns := l.turns(st, at); len(turns) > 0 {
		return turns[0].at
	}
	return time.Time{}
}
