package rfm

// Limits of orders and summaries.
const (
	// MaxID is the most bytes of a customer's ID.
	MaxID = 200
	// MaxAmount is what the amount of one order must stay below, in either
	// direction.
	MaxAmount = 1_000_000_000_000
	// MaxDecimals is the most decimals of an amount; trailing zeros do not count.
	MaxDecimals = 6
	// MaxSpend is where spend ends for the purpose of scoring: whoever spent more
	// is scored like this. Sums themselves are exact without limit.
	MaxSpend = 9_000_000_000_000
	// MaxCount is the most orders, and the most days between two dates, of a
	// summary that was not made by a Builder.
	MaxCount = 1_000_000_000
	// MaxStreams is the most streams that GatherParallel reads.
	MaxStreams = 10_000
)

// Limits of a definition.
const (
	MaxLevels          = 20      // levels of one dimension
	MaxSegments        = 200     // segments
	MaxTags            = 1_000   // tags of a dictionary
	MaxSignals         = 20      // signals of influence
	MaxLadders         = 50      // ladders of strategies
	MaxSteps           = 50      // steps of one ladder
	MaxWait            = 3_650   // days between two steps
	MaxText            = 500     // bytes of a definition's longer texts
	MaxName            = 64      // bytes of a name
	MaxWeight          = 1_000   // weight of a component
	MaxDefinitionBytes = 4 << 20 // length of a definition as JSON
	MaxNesting         = 16      // depth of a definition as JSON
	MaxProblems        = 200     // problems listed in a DefinitionError
)
