// Package loyalty runs a loyalty programme inside a Go backend: points with
// expiry, earning rules, tiers, refunds and statements, on the host's own
// database.
//
// # A programme
//
// A [Definition] is the programme as one value: its time zone, the rules that earn
// points, the ladder of tiers, how long points last. [Decode] reads one from JSON; [New] compiles it,
// reports every problem it has at once, and gives a [Program] on a
// [ledger.Store], which is the host's database. Package ledger/memory is one to
// begin with.
//
//	p, err := loyalty.New(loyalty.Config{Store: memory.New(), Program: def})
//
// # Events
//
// What members do arrives as an [Event]: a sign-up, an order, a refund, a check-in,
// or a word of the host's own.
//
//	res, err := p.Process(ctx, loyalty.Event{
//		ID: "evt-881", Type: loyalty.TypeOrder, Member: "m-17", Time: paidAt, Order: &order,
//	})
//
// The [Result] says which rule gave what on which line, and whether the tier
// changed. Points, tier and the use of limits become durable in one commit. The
// event's ID makes it safe to deliver twice: the second time gives the first
// result, flagged as Replayed, and changes nothing.
//
// [Program.Quote] is the same decision without the commit: what this cart would
// earn, with the reason for every rule that matched or did not.
//
// # Refunds
//
// An award is spread over the lines of its order when it is made. A refund names lines and
// quantities; each takes back exactly its share of every award, gives back its
// share of the points that paid, and moves tier progress and limits back too, so
// that returning everything, in however many parts, leaves the member where they
// began. Points that were spent meanwhile become a debt that the next earning pays
// (or what [Definition.Clawback] says). A minimum that a part-returned
// order no longer reaches is not held against what the member keeps.
//
// # Referrals
//
// An event may name who brought the member: [Event].Inviter, with the first of them. When
// an order of theirs counts, by [Referral], rules for [TypeInviter] and [TypeInvited] reward
// both sides, each in their own books, and a refund of the order takes its share of both
// back. What may be had only once by anybody, such as the code of an invitation, goes into
// [Event].Claims.
//
// # Budgets, prizes and commissions
//
// What rules take out of a budget or a stock is taken in the same commit, for all members and
// processes together, and never more than there is: the last award gets what is left.
// [Program.Budgets] tells how they stand. What is not points, such as a coupon or a commission, is
// in the awards' Outcomes for the host to hand out; a repeat tells it again, and a refund tells what
// of it is taken back.
//
// # The last word
//
// [Config].Review, a function of the host's, may lower or veto what the rules award. See
// [Reviewer] for what it may depend on.
//
// # Promises
//
// "Whoever bought in May gets double points after all": [Program.Backfill] takes the rules as they
// should have been, and pays each member the difference for past events, once.
//
// # Spending
//
// [Program.Redeem] spends at once; [Program.Hold], then [Program.Capture] or
// [Program.Release], carries points through a checkout; an order may also spend
// with its own event, by [Event].Spend.
//
// # Time
//
// Points last as [Definition].Validity says, or until the member has done nothing for as long as
// [Definition].Inactivity says, or as their rule does. A rule may let them wait,
// for a day or for an event, such as the delivery; [Event].Activates tells that it came.
//
// [Program.Sweep], run daily by the host, writes down what time alone has done:
// points that expired, holds that timed out, tiers that ended. Nothing waits for
// it: [Program.Member] is right at any moment.
//
// An event counts on the day it happened, in the programme's zone, however late it
// arrives within [Definition.LateDays]: its rules, limits, tier period and expiry
// are those of its own time. What it may spend is decided by the clock.
//
// # What if
//
// [Simulate] runs a definition over a history of events and redemptions, on books in memory, by the same code; [Compare] runs the present
// programme and a planned one, and tells points, cost, liability and who wins and loses, by package cost.
//
// # In parts
//
// Packages ledger, rules and tier know nothing of one another and can be used
// alone.
package loyalty
