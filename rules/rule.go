package rules

import (
	"time"

	"github.com/loyaltykit/loyalty/calendar"
	"github.com/shopspring/decimal"
)

// Definition is a whole rule set, as a Go value or as JSON. Compile turns it
// into a Set.
type Definition struct {
	Zone string `json:"zone,omitempty"` // IANA name in which days, hours and months are counted; "" is UTC
	Unit string `json:"unit,omitempty"` // what a rule awards when it names no unit of its own; "" is "points"
	// Attributes declares what events and members have beyond the fields there are,
	// for conditions to look at: "stars" is Event.Attributes["stars"], and
	// "member.country" is Member.Attributes["country"].
	Attributes map[string]FieldType `json:"attributes,omitempty"`
	Rules      []Rule               `json:"rules,omitempty"`
	Groups     map[string]StackMode `json:"groups,omitempty"` // how multipliers that share a Group combine; a group not listed compounds
	Budgets    []Budget             `json:"budgets,omitempty"`
	Caps       []Cap                `json:"caps,omitempty"`
}

// Rule says: when this happens, to these members, on these lines, in this
// window, give that.
type Rule struct {
	ID       string    `json:"id"`             // unique in the set; statements and reports show it
	Name     string    `json:"name,omitempty"` // for people
	Disabled bool      `json:"disabled,omitempty"`
	Trigger  string    `json:"trigger"` // the Event.Type it answers to
	Window   Window    `json:"window,omitzero"`
	Audience Audience  `json:"audience,omitzero"`
	Lines    Selector  `json:"lines,omitzero"` // which lines count; the zero Selector takes the order as a whole
	When     Condition `json:"when,omitzero"`  // what else must hold
	// Expr is a condition in a language of the host's choice, asked last; see
	// WithExpressions.
	Expr          string  `json:"expr,omitempty"`
	Effect        Effect  `json:"effect"`
	Phase         Phase   `json:"phase,omitempty"` // "" is PhaseBase, or PhaseMultiplier for a multiplier
	Unit          string  `json:"unit,omitempty"`
	Pending       Pending `json:"pending,omitzero"` // when what it awards becomes active
	Expiry        Expiry  `json:"expiry,omitzero"`  // and until when it is good
	Limits        []Limit `json:"limits,omitempty"`
	Group         string  `json:"group,omitempty"`          // multipliers only: the stacking group
	Priority      int     `json:"priority,omitempty"`       // higher goes first; equal ones go by ID
	Exclusive     bool    `json:"exclusive,omitempty"`      // when it matches, even for no points, it alone of its phase and unit applies
	NonQualifying bool    `json:"non_qualifying,omitempty"` // what it awards does not count towards a tier
}

// Window is when a rule is in force: between two moments, within any of the
// slots (no slot: at any hour), and close enough to a yearly date of the member's.
type Window struct {
	From     time.Time       `json:"from,omitzero"`  // inclusive; zero is since ever
	Until    time.Time       `json:"until,omitzero"` // exclusive; zero is for ever
	Slots    []calendar.Slot `json:"slots,omitempty"`
	Occasion Occasion        `json:"occasion,omitzero"`
}

// Occasion ties a rule to a yearly date of the member's.
type Occasion struct {
	Kind string            `json:"kind,omitempty"` // OccasionBirthday, OccasionAnniversary; "" for none
	Span calendar.Period   `json:"span,omitempty"` // the day itself, or the week or month it falls in; "" is the day
	Leap calendar.LeapRule `json:"leap,omitempty"` // where 29 February falls in a common year; "" is 1 March
}

// The yearly dates a rule may be tied to.
const (
	OccasionBirthday    = "birthday"
	OccasionAnniversary = "anniversary" // of joining; the day of joining itself is none
)

// Audience is whom a rule is for. Every field that is set must hold.
type Audience struct {
	Tiers       []string `json:"tiers,omitempty"`        // any of
	SegmentsAny []string `json:"segments_any,omitempty"` // at least one of
	SegmentsNot []string `json:"segments_not,omitempty"` // none of
	Stages      []string `json:"stages,omitempty"`       // of the member's life, any of
	Interests   []string `json:"interests,omitempty"`    // interest groups: at least one of
	Channels    []string `json:"channels,omitempty"`     // any of
	Stores      []string `json:"stores,omitempty"`       // any of
	FirstOrder  bool     `json:"first_order,omitempty"`  // the member's first order only
	NthOrder    NthOrder `json:"nth_order,omitzero"`     // some of the member's orders only
}

// NthOrder is which of a member's orders a rule is for, counted from 1: the third
// and those after it {From: 3}, the third alone {From: 3, To: 3}, each fifth
// {Every: 5}, the tenth and each fifth after it {From: 10, Every: 5}.
type NthOrder struct {
	From  int `json:"from,omitempty"`  // the first of them; 0 is Every, or 1
	To    int `json:"to,omitempty"`    // the last of them; 0 is none
	Every int `json:"every,omitempty"` // how many apart they are; 0 is 1
}

// Selector picks lines of an order. A line is picked when it matches any of the
// lists that are set (none set: every line) and none of Exclude's. MinQuantity
// and MinAmount then look at the picked lines together; both are inclusive, and
// MinAmount is compared with the rule's own basis.
//
// A Selector without lists, with minimums or without, takes the order as a whole:
// the order's own Discount lowers it, and its shipping may count. One with lists
// looks at its lines alone.
type Selector struct {
	SKUs        []string        `json:"skus,omitempty"`
	Categories  []string        `json:"categories,omitempty"` // a path picks what lies below it too
	Brands      []string        `json:"brands,omitempty"`
	Labels      []string        `json:"labels,omitempty"`
	Exclude     Exclusion       `json:"exclude,omitzero"`
	MinQuantity decimal.Decimal `json:"min_quantity,omitzero"`
	MinAmount   decimal.Decimal `json:"min_amount,omitzero"`
}

// Exclusion leaves lines out of a Selector: a line is out when it matches any list.
type Exclusion struct {
	SKUs       []string `json:"skus,omitempty"`
	Categories []string `json:"categories,omitempty"`
	Brands     []string `json:"brands,omitempty"`
	Labels     []string `json:"labels,omitempty"`
}

// Effect is what a rule gives. A field that would count for nothing with its kind
// must not be set.
type Effect struct {
	Kind    EffectKind      `json:"kind"`
	Points  int64           `json:"points,omitempty"` // Rate: per each Per of the basis; Fixed: at once; PerQuantity: for each unit bought
	Per     decimal.Decimal `json:"per,omitzero"`     // Rate: the amount that earns Points
	Factor  decimal.Decimal `json:"factor,omitzero"`  // Multiplier: 2 doubles; at least 1
	Basis   Basis           `json:"basis,omitzero"`   // which money counts, for a Rate, a Commission or a MinAmount
	Round   Rounding        `json:"round,omitempty"`  // "" is RoundFloor
	Rate    decimal.Decimal `json:"rate,omitzero"`    // Commission: the part of the basis given, above 0 and at most 1
	Step    decimal.Decimal `json:"step,omitzero"`    // Commission: its money is rounded to whole ones of these; zero is 0.01
	Outcome Outcome         `json:"outcome,omitzero"` // GiveOutcome: what is given
	Draw    *Draw           `json:"draw,omitempty"`   // DrawPrize: from what is drawn
	// PerLine rounds each line by itself instead of the order once.
	PerLine bool `json:"per_line,omitempty"`
	// Blocks counts whole Per only: at 1 point per 40.00, an order of 79.99 earns 1.
	Blocks bool `json:"blocks,omitempty"`
	// Carry keeps what fell short of a whole point or block for the member's next
	// order. It goes with rounding down, over the whole order, and Per divided by
	// Points must come out at six decimals. What limits and caps cut off is not kept.
	Carry bool `json:"carry,omitempty"`
}

// EffectKind is how an Effect counts.
type EffectKind string

// The kinds of effect.
const (
	Rate        EffectKind = "rate"
	Fixed       EffectKind = "fixed"
	PerQuantity EffectKind = "per_quantity"
	Multiplier  EffectKind = "multiplier" // multiplies the base points of the lines it selects
	GiveOutcome EffectKind = "outcome"    // a coupon, a badge
	Commission  EffectKind = "commission" // money: a part of the basis
	DrawPrize   EffectKind = "draw"       // a prize of a lottery
)

// Basis is which money a Rate, or a MinAmount, counts. The zero Basis counts what
// the customer really pays with money of their own for goods: after discounts, tax
// included, shipping excluded, parts paid in points or by gift card excluded. The
// order's own Discount and shipping concern a rule over the whole order; a rule
// whose Selector has lists looks at its lines alone.
//
// What was paid in points or by gift card and does not count is taken off the lines
// in proportion to what is owed for each, and off the shipping only when it is more
// than the lines. Tax is left out of each line in the proportion in which the line
// counts.
type Basis struct {
	BeforeDiscount bool `json:"before_discount,omitempty"`
	ExcludeTax     bool `json:"exclude_tax,omitempty"`
	Shipping       bool `json:"shipping,omitempty"`
	PaidInPoints   bool `json:"paid_in_points,omitempty"`    // count the part paid in points too
	PaidByGiftCard bool `json:"paid_by_gift_card,omitempty"` // count the part paid by gift card too
}

// Rounding is how a fraction of a point becomes whole.
type Rounding string

// The ways to round.
const (
	RoundFloor    Rounding = "floor"
	RoundHalfUp   Rounding = "half-up"
	RoundHalfEven Rounding = "half-even"
	RoundCeil     Rounding = "ceil"
)

// Phase is when in the making of an award a rule has its say.
type Phase string

// The phases, in order. Caps come after the last.
const (
	PhaseBase       Phase = "base"
	PhaseMultiplier Phase = "multiplier"
	PhaseBonus      Phase = "bonus" // added after the multipliers, so not multiplied
)

// StackMode is how the multipliers of one group combine. Groups multiply each other.
type StackMode string

// The ways to stack.
const (
	StackCompound StackMode = "compound" // ×2 and ×3 make ×6
	StackAdditive StackMode = "additive" // ×2 and ×3 make ×4: each adds what it exceeds 1 by
	StackHighest  StackMode = "highest"  // the largest factor alone
	StackFirst    StackMode = "first"    // the one of highest priority alone
)

// Limit bounds what one rule gives one member. Exactly one of Points and Uses is set.
// For several rules together see [Cap], for all members [Budget].
type Limit struct {
	Points int64 `json:"points,omitempty"` // the award is cut to what is left
	Uses   int64 `json:"uses,omitempty"`   // awards of anything, after which the rule no longer matches
	Per    Per   `json:"per"`
}

// Cap bounds what several rules together give one member, in points (the award is
// cut to what is left, bonuses first, then multipliers, then base points) or in uses
// (after which the rules no longer match, and of those that match together the last
// give nothing). Exactly one of Points and Uses is set.
type Cap struct {
	ID     string   `json:"id"`
	Rules  []string `json:"rules,omitempty"` // none: every rule of the unit
	Unit   string   `json:"unit,omitempty"`  // "" is the definition's
	Points int64    `json:"points,omitempty"`
	Uses   int64    `json:"uses,omitempty"`
	Per    Per      `json:"per"`
}

// Per is the stretch over which a Limit or a Cap counts: PerOrder or any
// calendar.Period, by the event's own time in the set's zone.
type Per string

// The stretches there are.
const (
	PerOrder   Per = "order" // within one event alone
	PerDay         = Per(calendar.Day)
	PerWeek        = Per(calendar.Week)
	PerMonth       = Per(calendar.Month)
	PerQuarter     = Per(calendar.Quarter)
	PerYear        = Per(calendar.Year)
	PerEver        = Per(calendar.Ever)
)
