package rfm

import (
	"fmt"
	"time"

	"github.com/shopspring/decimal"
)

// Order is one order of a customer, or one refund.
//
// The zero Amount is an order that cost nothing: it counts. A negative Amount is
// a refund: it is taken off what the customer spent, on its own day, and the
// order it belongs to still counts. With Cancels, the whole order came back: it
// counts no more.
type Order struct {
	// Customer is the customer's ID, 1 to MaxID bytes of any kind.
	Customer string
	// At is when the order was paid. For a refund it is best when the order it
	// refunds was paid, so that both fall into the same window; a host that does
	// not know that gives the time of the refund.
	At time.Time
	// Amount is in the shop's currency, below MaxAmount, with at most MaxDecimals
	// decimals.
	Amount decimal.Decimal
	// Cancels says that a refund undoes its order as a purchase too.
	Cancels bool
}

// Validate returns an [*OrderError] if the order cannot be counted.
func (o Order) Validate() error {
	var days dayTable
	_, err := read(&o, &days)
	return err
}

// sale is what an order adds to a customer's day.
type sale struct {
	micros int64
	day    uint16
	count  int8
}

func (s sale) cell() cell { return cell{day: s.day, count: int64(s.count), net: amountOf(s.micros)} }

// word is the cell as one word, if it is small.
func (s sale) word() (uint64, bool) {
	w := uint64(s.day)<<48 | uint64(s.count+countBias)<<countShift | uint64(s.micros+netBias)
	return w, s.micros >= -netBias && s.micros < netBias
}

// read turns an order into what it adds to a customer's day.
func read(o *Order, days *dayTable) (sale, error) {
	n, fault := micros(o.Amount)
	if fault != "" {
		return sale{}, &OrderError{"amount", fault}
	}
	return readMicros(o.Customer, o.At, n, o.Cancels, days)
}

func readMicros(customer string, at time.Time, micros int64, cancels bool, days *dayTable) (sale, error) {
	count := int8(1)
	switch {
	case customer == "":
		return sale{}, &OrderError{"customer", "is empty"}
	case len(customer) > MaxID:
		return sale{}, &OrderError{"customer", fmt.Sprintf("%d bytes are more than %d", len(customer), MaxID)}
	case micros >= maxMicros || micros <= -maxMicros:
		return sale{}, &OrderError{"amount", "must be below 10^12"}
	case cancels && micros > 0:
		return sale{}, &OrderError{"cancels", "only a refund cancels: the amount must not be above 0"}
	case cancels:
		count = -1
	case micros < 0:
		count = 0
	}
	day, ok := days.day(at)
	if !ok {
		return sale{}, &OrderError{"at", "must be between 1970-01-01 and 2149-06-06"}
	}
	return sale{micros: micros, day: day, count: count}, nil
}
