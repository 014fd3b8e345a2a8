package rules

import (
	"encoding"
	"encoding/json"
	"math/big"
	"reflect"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"
)

// set puts a token into v, or says why it cannot.
func set(v reflect.Value, t json.Token) (problem string) {
	switch {
	case v.Type() == typeDecimal:
		return setDecimal(v, t)
	case v.Type() == typeTime:
		return setText(v, t, `a time such as "2026-06-01T00:00:00+02:00"`)
	case reflect.PointerTo(v.Type()).Implements(typeText):
		return setText(v, t, "a string")
	}
	switch v.Kind() {
	case reflect.String:
		if s, ok := t.(string); ok {
			v.SetString(s)
			return ""
		}
		return "must be a string, is " + describe(t)
	case reflect.Bool:
		if b, ok := t.(bool); ok {
			v.SetBool(b)
			return ""
		}
		return "must be true or false, is " + describe(t)
	default:
		n, ok := t.(json.Number)
		if i, err := strconv.ParseInt(n.String(), 10, v.Type().Bits()); ok && err == nil {
			v.SetInt(i)
			return ""
		}
		return "must be a whole number, is " + describe(t)
	}
}

// setDecimal reads a decimal.
func setDecimal(v reflect.Value, t json.Token) (problem string) {
	s, ok := t.(string)
	if !ok {
		return `must be a decimal in quotes, such as "0.10", is ` + describe(t)
	}
	d, ok := plainDecimal(s)
	if !ok {
		return "is not a decimal such as \"0.10\": " + quote(s)
	}
	v.Set(reflect.ValueOf(d))
	return ""
}

// plainDecimal reads plain digits. It does not use decimal's own reader, which a
// package variable can make stricter or looser.
func plainDecimal(s string) (d decimal.Decimal, ok bool) {
	const longest = 64 // characters
	whole, decimals, point := strings.Cut(strings.TrimPrefix(s, "-"), ".")
	digits := whole + decimals
	if len(s) > longest || whole == "" || point && decimals == "" || strings.Trim(digits, "0123456789") != "" {
		return d, false
	}
	c, _ := new(big.Int).SetString(digits, 10)
	if s[0] == '-' {
		c.Neg(c)
	}
	return decimal.NewFromBigInt(c, int32(-len(decimals))), true
}

// setText reads a value that is a string in JSON.
func setText(v reflect.Value, t json.Token, wanted string) (problem string) {
	s, ok := t.(string)
	if !ok {
		return "must be " + wanted + ", is " + describe(t)
	}
	if err := v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(s)); err != nil {
		if v.Type() == typeTime {
			return "is not " + wanted + ": " + quote(s)
		}
		return withoutPackage(err)
	}
	return ""
}

// describe names what a token is.
func describe(t json.Token) string {
	switch t := t.(type) {
	case json.Delim:
		if t == '{' {
			return "an object"
		}
		return "a list"
	case string:
		return "the string " + quote(t)
	case json.Number:
		if len(t) > 40 {
			return "a long number"
		}
		return "the number " + t.String()
	case bool:
		return strconv.FormatBool(t)
	default:
		return "null"
	}
}
