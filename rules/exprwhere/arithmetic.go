package exprwhere

import (
	"errors"
	"fmt"
	"math/bits"
)

// Functions in place of the operators, which would wrap around without a word. No
// source can name them: see fence.
const (
	addition       = "added to"
	subtraction    = "less"
	multiplication = "times"
)

// arithmetic is their type. They are given an int for a number in the source, an int64 for a field.
var arithmetic = new(func(any, any) int64)

var errRange = errors.New("the number is out of range")

func calculate(f func(a, b int64) (int64, bool)) func(...any) (any, error) {
	return func(args ...any) (any, error) {
		a, err := whole(args[0])
		if err != nil {
			return nil, err
		}
		b, err := whole(args[1])
		if err != nil {
			return nil, err
		}
		n, ok := f(a, b)
		if !ok {
			return nil, errRange
		}
		return n, nil
	}
}

func whole(v any) (int64, error) {
	switch v := v.(type) {
	case int64:
		return v, nil
	case int:
		return int64(v), nil
	}
	return 0, fmt.Errorf("there is no number to reckon with, but %v", v)
}

func add(a, b int64) (int64, bool) {
	n := a + b
	return n, (n > a) == (b > 0)
}

func subtract(a, b int64) (int64, bool) {
	n := a - b
	return n, (n < a) == (b > 0)
}

func multiply(a, b int64) (int64, bool) {
	high, low := bits.Mul64(magnitude(a), magnitude(b))
	if high != 0 || low > 1<<63-1 {
		return 0, false
	}
	if (a < 0) != (b < 0) {
		return -int64(low), true
	}
	return int64(low), true
}

func magnitude(n int64) uint64 {
	if n < 0 {
		return uint64(-n)
	}
	return uint64(n)
}
