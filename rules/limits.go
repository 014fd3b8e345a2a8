package rules

// Limits of an event.
const (
	MaxLines      = 10_000 // lines in an order
	MaxLabels     = 50     // labels on a line
	MaxSegments   = 100    // segments a member is in
	MaxText       = 200    // bytes in an ID, a name, a category path or any other word
	MaxInterests  = 100    // interest groups a member is in
	MaxAttributes = 200    // attributes a definition declares, an event has, a member has
	MaxYear       = 9_000  // year of an event; every period it falls in can then be written
	MinSecret     = 16     // bytes of the secret of draws
	MaxDecimals   = 6      // decimals of an amount or a quantity; trailing zeros do not count
	// MaxAmount is what every amount and quantity, and their sum over an order, must stay below.
	MaxAmount = 1_000_000_000_000
	// MaxAward is the most points of one unit that one event may award. What would
	// give more is refused, never wrapped around.
	MaxAward = 1_000_000_000_000_000
)

// Limits of a definition.
const (
	MaxRules           = 100_000
	MaxCaps            = 1_000
	MaxBudgets         = 1_000
	MaxGroups          = 1_000
	MaxPrizes          = 1_000             // prizes of a draw
	MaxOdds            = 1_000_000_000_000 // what the odds of a draw add up to
	MaxQuantity        = 1_000_000         // of an outcome
	MaxStep            = 1_000_000         // to which a commission is rounded
	MaxList            = 10_000            // entries in any one list of a rule or cap
	MaxSlots           = 100               // slots in a window
	MaxConditions      = 100               // conditions in a When, those within others counted
	MaxConditionDepth  = 8                 // how deep they may lie in one another
	MaxExpr            = 4 << 10           // bytes of an Expr
	MaxExprs           = 200               // rules that have one
	MaxLimits          = 20                // limits on a rule
	MaxPoints          = 1_000_000_000_000 // points of an effect
	MaxFactor          = 1_000             // factor of a multiplier
	MaxDefinitionBytes = 64 << 20          // length of a definition as JSON
	MaxNesting         = 32                // depth of a definition as JSON
	MaxProblems        = 1_000             // problems listed in a CompileError
)
