/*
Package rules decides what a member earns: which points, by which rule, on which
line of an order, and why the other rules gave nothing.

It decides and does no more. It keeps no balance, reads no clock and stores
nothing: what happened, and what the member already had, come in as arguments; what
was earned goes out as a value. Most programs use it through the loyalty package,
which brings it together with a ledger; use it by itself to put earning rules on
points kept elsewhere.

# Rules are data

A rule says: when this happens, to these members, on these lines, in this window,
give that. It is a Go value and the same value in JSON:

	{
	  "zone": "Europe/Berlin",
	  "rules": [
	    {"id": "base", "trigger": "order", "effect": {"kind": "rate", "points": 1, "per": "1.00"}},
	    {"id": "gold", "trigger": "order", "audience": {"tiers": ["gold"]},
	     "effect": {"kind": "multiplier", "factor": "1.5"}},
	    {"id": "fruit", "trigger": "order", "phase": "bonus", "lines": {"categories": ["food/fruit"]},
	     "effect": {"kind": "fixed", "points": 20}, "limits": [{"uses": 1, "per": "day"}]}
	  ],
	  "caps": [{"id": "monthly", "points": 500, "per": "month"}]
	}

[Decode] reads it strictly: a misspelt field, a decimal that is not a string, a
field given twice are refused, all at once and each with its place. [Compile]
checks what it says, and returns a [Set], which never changes and may be used by
any number of goroutines:

	def, err := rules.Decode(file)
	set, err := rules.Compile(def)

# Conditions

The fields of a rule say most of what a campaign needs, and an index finds the rules
that may match by them. What they cannot say goes under when, a [Condition] over the
fields of the event, its order and its member, and over attributes that the
definition declares:

	{
	  "attributes": {"stars": "integer", "member.country": "text"},
	  "rules": [
	    {"id": "reviewer", "trigger": "review", "effect": {"kind": "fixed", "points": 50},
	     "when": {"all": [{"field": "stars", "gte": 4}, {"field": "member.country", "in": ["DE", "AT"]}]}}
	  ]
	}

Each comparison is checked for its type by Compile. A host that wants free-form
expressions as well gives Compile a language for them: [WithExpressions].

# What a rule gives

Points: at a rate, at once, for each unit bought, or as a multiple of other points.
An [Outcome]: a coupon, a badge, whatever the host hands out. A commission: money, a
part of the basis. Or a prize of a [Draw], whose numbers come of a secret and the
event alone: its [Commitment] and the odds are published first, and with
[VerifyDraw] anyone can check every draw once the secret is revealed.

[Pending] and [Expiry] say when the points become active and until when they are
good; an [Award] carries both as moments, in its [Terms].

# Events

An [Event] is something a member did: an order paid, a review, a check-in. An
[Order] must add up to the cent; one that does not is refused with an
[*EventError] that names the field, because points on wrong figures are worse than
none. [Set.Evaluate] turns an event into awards:

	result, err := set.Evaluate(&event, usage, rules.Options{Trace: true})
	for _, a := range result.Awards {
		// a.Rule gave a.Points of a.Unit, a.Lines says on which lines
	}
	fmt.Print(result.Explain())

Rules have their say in phases: base points, then multipliers of them, then bonuses,
then caps. The result does not depend on the order in which rules are listed.

# What the member already had

Limits, caps and carried remainders need to know what was given before. Each
[Award] names the counters it is to be counted under; a host stores them with the
member, as a [Usage], and moves them in the same transaction as the balance:

	usage = usage.Add(result.Awards)

An award that is only shown, as in "you will earn 120 points", is not added.

# What all members share

A [Budget] bounds what a campaign gives in all, in points or in money, and the stock
of a prize how often it is given. [Set.Needs] names those that an event may draw on,
the host says what is left of each, and each award says what it takes:

	funds := rules.Funds{}
	for _, need := range set.Needs(&event) {
		funds[need.Key] = left(need) // need.Full, less what was taken before
	}
	result, err := set.Evaluate(&event, usage, rules.Options{Funds: funds})
	funds = funds.Take(result.Awards)

# Returns

An award is spread over the order's lines when it is made, in whole points that sum
to it. Returning a line takes back exactly its [Share]; returning all of them, in
any number of parts, takes back all. [Usage.Return] moves the counters back with
them, and [Funds.Return] the budgets.

# Changing the rules

A new version is compiled beside the old one, and the pointer swapped. [Set.Diff]
tells what it changes, and [Set.Warnings] what is hardly meant: a rule that can never
fire, one that an exclusive rule always stands before, two campaigns that multiply
each other. [JSONSchema] has an editor complete rule files.

# Numbers

Points are whole. Money and quantities have at most six decimals and are below
10^12; they are counted in millionths and never rounded but where a rule says so.
Everything a caller can send has a limit, listed under the constants.
*/
package rules
