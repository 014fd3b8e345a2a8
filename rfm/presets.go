package rfm

// NamedSegments returns segments for [DefaultScoring]'s three levels, by the
// names shops use: high-value active, champions, promising to revive, and so on.
// They cover every score.
func NamedSegments() []Segment {
	return []Segment{
		{Name: "champions", R: Range{3, 3}, F: Range{3, 3}, M: Range{3, 3}},
		{Name: "high-value active", R: Range{2, 3}, Sum: Range{Min: 7}},
		{Name: "at risk", R: Range{1, 1}, Sum: Range{Min: 7}},
		{Name: "rare but high-spending", F: Range{1, 1}, M: Range{3, 3}},
		{Name: "promising to revive", R: Range{1, 1}, Sum: Range{Min: 4}},
		{Name: "new or occasional", R: Range{3, 3}, F: Range{1, 1}},
		{Name: "loyal", R: Range{Min: 2}, F: Range{Min: 2}},
		{Name: "need attention", R: Range{2, 2}},
		{Name: "lost", R: Range{1, 1}},
	}
}

// RPackageSegments returns the segments of rsquaredacademy/rfm 0.3.0 (MIT) for
// five levels. They leave some scores to a rest, which that package calls
// "Others".
func RPackageSegments() []Segment {
	return []Segment{
		{Name: "Champions", R: Range{5, 5}, F: Range{5, 5}, M: Range{5, 5}},
		{Name: "Potential Loyalist", R: Range{3, 5}, F: Range{3, 5}, M: Range{2, 5}},
		{Name: "Loyal Customers", R: Range{2, 4}, F: Range{2, 4}, M: Range{2, 4}},
		{Name: "Promising", R: Range{3, 4}, F: Range{1, 3}, M: Range{3, 5}},
		{Name: "New Customers", R: Range{4, 5}, F: Range{1, 3}, M: Range{1, 5}},
		{Name: "Can't Lose Them", R: Range{1, 2}, F: Range{3, 4}, M: Range{4, 5}},
		{Name: "At Risk", R: Range{1, 2}, F: Range{2, 5}, M: Range{4, 5}},
		{Name: "Need Attention", R: Range{1, 3}, F: Range{3, 5}, M: Range{3, 5}},
		{Name: "About To Sleep", R: Range{2, 3}, F: Range{1, 3}, M: Range{1, 4}},
		{Name: "Lost", R: Range{1, 1}, F: Range{1, 5}, M: Range{1, 5}},
	}
}
