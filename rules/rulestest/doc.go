/*
Package rulestest tests a host's own rules, so that a change made by a marketer is
tested like a change made to code.

A rule file that decodes and compiles may still say what nobody meant: that an order
of 50.00 earns less than one of 49.99, or that no order can be placed because its
award would be too large to count. Check draws events out of the rules' own words
(their SKUs and categories, amounts and attributes at their thresholds, moments at the
edges of their windows, members near their limits, budgets near their end) and holds
the rules to laws:

	func TestRules(t *testing.T) {
		rulestest.Check(t, rulestest.Load(t, "rules.json"))
	}

That is all a host needs. A law that does not hold fails the test with the rules at
fault and the smallest example that was found, as JSON, with the two results side by
side and what the trace says of each rule that differs.

# Laws

The laws are listed under [Law]. Some are promises of package rules, which no rule
file should be able to break, and some are the host's own to keep, above all
[MoreSpend]. What breaks a law on purpose is allowed by name:

	rulestest.Check(t, set, rulestest.Allow(rulestest.MoreSpend, "small-order-bonus"))

Some rules cannot keep a law to the point, such as one that rounds line by line when
a line is split. That is no failure: it is logged as a [Note], with the reason.

# Running

Events are drawn by pgregory.net/rapid and steered by its flags: -rapid.checks is how
many are drawn for each law, -rapid.seed repeats a run, -short draws a fifth. The
default is short: tenths of a second for a file of some dozen rules. Of thousands of
rules it meets some hundreds; more checks meet more. What fails is kept in
testdata/rapid, as rapid does, and is tried first the next time; -rapid.nofailfile
keeps nothing.

Check also says which rules gave nothing in any of the events it drew: those it has
not tested, or which can never be met.
*/
package rulestest
