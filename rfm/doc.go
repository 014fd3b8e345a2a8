/*
Package rfm tells a shop's customers apart by what they bought: how recently, how
often, for how much. From a stream of orders it makes a summary of each customer,
scores it, names a segment and a stage of life, says who has fallen silent against
their own rhythm, and what to do next.

It decides and does no more: it reads no clock, stores nothing and sends nothing.
Money is exact; only statistics are floats. For how long a customer lives and what
they are worth, see package rfm/clv. A shop with a few thousand customers and one
report may be served as well by a query of its own database: [Query] writes it.

# From orders to summaries

A [Builder] takes orders and refunds, in any order, and gives a [Summary] of each
customer as of any day:

	b, err := rfm.NewBuilder("Europe/Berlin")
	err = b.AddAll(orders)                            // a stream from the database
	customers := b.Summaries(rfm.LastYear(today))     // an iterator, to range over again and again

Builders of parts of the orders [Builder.Merge] into that of all, whichever way
they were parted, so a cluster can share the work; [Builder.Save] and [LoadBuilder]
carry them. [GatherParallel] uses the processors of one machine, for one stream or
for several at once.

# From summaries to segments

A [Definition] is data, in Go or JSON ([Decode]). [Compile] reports all that is
wrong with it at once, each problem with its path, and proves that every score
belongs to a segment:

	model, err := rfm.Compile(def)
	placed, err := model.Place(customers)
	for summary, p := range placed {
		// p.Score, p.Segment, p.HighValue, p.Standing.Stage
	}

Levels come from thresholds or from quantiles, by one of several named
conventions ([Method]); customers of equal figures are never told apart unless the
method says so. The first segment that matches wins, and [Model.Overlaps] lists
what others claim too.

# What to make of it

  - [Model.Tally] counts segments, stages and scores; [Table], [Grid] and
    [TreemapSVG] show the counts.
  - [Model.SegmentMigration] shows who went where between two dates.
  - [Model.Stage], [Model.PurgeList] and [Model.StaleTags] are for housekeeping.
  - [Model.Standpoint] adds potential and influence to the score, and invites.
  - [Model.Declines] lists who has become silent, with the evidence, the rate of
    false alarms and the value at risk.
  - [Model.Next] takes a customer one step along a ladder of attempts.

# Definitions used throughout

A day is a civil day of the shop's zone. Several orders of a day are one purchase
and as many orders. A refund is taken off on its own day, which is best that of
its order; an order cancelled does not count. A customer who never kept an order is
in no summary. What happens after AsOf has not happened.
*/
package rfm
