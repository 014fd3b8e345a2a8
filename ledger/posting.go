package ledger

// Flows are where points come from and go to. They keep no balance and no
// version, so they are never a hot row: a flow's total is the sum of its postings.
const (
	FlowIssued      = "issued"      // earned points come from here, and go back when clawed back
	FlowRedeemed    = "redeemed"    // spent points go here, and come back when returned
	FlowExpired     = "expired"     // points that reached their expiry: breakage
	FlowUncollected = "uncollected" // what a clamped clawback could not find and forgave
	FlowAdjusted    = "adjusted"    // manual corrections, up and down
	FlowOpening     = "opening"     // balances brought in from elsewhere
	FlowForfeited   = "forfeited"   // what a closed account had left, and what it owed
)

// Posting moves points from one place to another. What one place gains the other
// loses, so points are conserved whatever is posted.
type Posting struct {
	Unit   string `json:"unit"`
	Points int64  `json:"points"` // above zero
	From   Place  `json:"from"`
	To     Place  `json:"to"`
	// Reason is which rule or purpose; "" is the transaction's own. It outlives an erasure, so
	// nothing personal belongs here.
	Reason string `json:"reason,omitempty"`
}

// Place is one end of a posting: an owner's lot, free or within a hold; an
// owner's debt; or a flow.
type Place struct {
	Owner string `json:"owner,omitempty"` // "" for a flow
	Lot   string `json:"lot,omitempty"`   // Lot.ID, or DebtLot
	Hold  string `json:"hold,omitempty"`  // the hold that has the points; "" when they are free
	Flow  string `json:"flow,omitempty"`  // when Owner is ""
}

// Net is what the posting adds to the owner's total; a move between the owner's
// own places is 0.
func (p Posting) Net(owner string) int64 {
	switch from, to := p.From.Owner == owner, p.To.Owner == owner; {
	case to && !from:
		return p.Points
	case from && !to:
		return -p.Points
	}
	return 0
}

// A flow is either one that points are earned from and clawed back to, one they are
// spent to and returned from, or neither.
func earning(flow string) bool {
	return flow == FlowIssued || flow == FlowAdjusted || flow == FlowOpening
}

func spending(flow string) bool {
	switch flow {
	case "", FlowExpired, FlowUncollected, FlowForfeited:
		return false
	}
	return !earning(flow)
}
