/*
Package exprwhere lets rules have free-form conditions, in the language of
github.com/expr-lang/expr. It is for the few conditions that a rule's fields and
its when cannot say; those are indexed, faster, and checked more closely.

	set, err := rules.Compile(def, rules.WithExpressions(exprwhere.Compiler{}))

A rule then says, in its expr:

	order.total - order.shipping >= 99.90 and channel in ["web", "app"]
	count(lines, .brand == "acme" and .net >= 20) >= 2
	sum(lines, .quantity) > 10 or "vip" in member.segments

# What may be said

Names are the fields that conditions have ([rules.Fields], and the attributes that the
definition declares), and lines: the order's lines, each with sku, category, brand, labels,
quantity, amount and net. Numbers may be compared, added, subtracted and
multiplied; texts compared, and asked whether they contain, startWith or endWith
another or match a pattern; lower and upper change their case. all, any, none, one,
count, len, sum, min and max are there, and the ternary c ? a : b.

Money and quantities are exact: 99.90 beside one of them is a decimal of at most six
digits after the point, never a floating-point number. Money times money, and any
division, is refused. A sum or product that leaves the range makes the condition
not hold, and [rules.Result] says so.

A time is text, its civil date and time in the set's zone: "2026-03-14T15:09:26".
So member.joined < "2026-01-01" is before that midnight.

A field that the event does not have is nil. Give it a value, member.level ?? 0, or
ask for it, member.level != nil; a condition that needs it otherwise does not hold.

# What may not

Sources come from people who write campaigns, and mistakes must cost nothing. A source has
at most 4 kB and 200 nodes, and brackets are nested at most 64 deep, which is looked at before it is
parsed. There are no loops within loops, no ranges, no functions that look at the clock or
build lists, no patterns from data, no variables. So the longest a condition can take is
in proportion to its length times the lines of the order, which a set limits.
*/
package exprwhere
