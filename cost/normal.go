package cost

import "math"

// normalQuantile returns z with P(Z ≤ z) = p of the standard normal.
func normalQuantile(p float64) float64 { return math.Sqrt2 * math.Erfinv(2*p-1) }
