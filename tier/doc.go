// Package tier decides where a loyalty member stands on a ladder of tiers, and
// what it takes to climb or to stay.
//
// It keeps no members and reads no clock: a member's [Status] goes in, a
// changed copy comes out, and every moment is an argument. A programme that
// only wants "gold from 20,000 points ever" and no way down may find three
// comparisons of its own enough.
//
// # The ladder
//
// A [Definition], as a Go value or as JSON, is compiled once into a [Ladder]:
//
//	ladder, err := tier.Compile(tier.Definition{
//		Zone:   "Asia/Shanghai",
//		Period: calendar.Year,
//		Tiers: []tier.Tier{
//			{ID: "bronze", Threshold: 0},
//			{ID: "silver", Threshold: 5_000, Multiplier: decimal.RequireFromString("1.2")},
//			{ID: "gold", Threshold: 20_000, Multiplier: decimal.RequireFromString("1.5")},
//			{ID: "platinum", Threshold: 50_000, Multiplier: decimal.RequireFromString("2")},
//			{ID: "diamond", Threshold: 100_000, Multiplier: decimal.RequireFromString("3")},
//		},
//	})
//
// What is wrong with a definition is reported all at once, each problem with
// its path. Listing the tiers in another order makes no difference.
//
// # Where a member stands
//
// A tier counts what was earned in a period, never the spendable balance:
// whoever spends points does not fall. The tier at a moment is the highest one
// whose threshold is met by the points of the period around it, or by those of
// the period before. So a tier reached in March 2026 is kept until the end of
// 2027, and to keep it longer its threshold must be met again in 2027.
//
//	st = ladder.Add(st, 21_000, paid)
//	ladder.At(st, paid).ID                 // gold
//	ladder.At(st, paid.AddDate(1, 0, 0)).ID // gold
//	ladder.At(st, paid.AddDate(2, 0, 0)).ID // bronze
//
// [Ladder.At] is a function of the points per period and the moment, nothing
// else. Events that come late or in another order end in the same tier.
//
// # What changed
//
// [Ladder.Settle] brings the recorded tier up to a moment and reports the
// [Change], for a notice or a ceremony. An event settles before and after its
// points are added, and at the moment [Ladder.Due] names time itself changes the
// tier, so that is when to settle without an event:
//
//	st, fell, ok := ladder.Settle(st, now, late) // what time did meanwhile
//	st = ladder.Add(st, points, earned)
//	st, rose, ok := ladder.Settle(st, now, late) // what the points did
//	due := ladder.Due(st, now)
//
// Whether a sweep for due members runs on time, late or never: the member ends
// with the same Status, and Since names the boundary, not the sweep.
//
// # What is ahead
//
// [Ladder.Progress] says how many points are missing to the next tier and what
// it brings, and until when the present one is sure.
package tier
