package rules

import (
	"encoding"
	"reflect"
	"time"

	"github.com/loyaltykit/loyalty/internal/wording"
	"github.com/shopspring/decimal"
)

// set puts a token into v, or says why it cannot.
func (d *decoder) set(v reflect.Value, s *shape, t token) (problem string) {
	wanted := ""
	switch s.kind {
	case decimalShape:
		if t.kind == '"' {
			return d.setDecimal(v, d.lexer.string(t))
		}
		wanted = `a decimal in quotes, such as "0.10"`
	case timeShape:
		wanted = `a time such as "2026-06-01T00:00:00+02:00"`
		if t.kind == '"' {
			text := d.lexer.string(t)
			if v.Addr().Interface().(*time.Time).UnmarshalText([]byte(text)) == nil {
				return ""
			}
			return "is not " + wanted + ": " + quote(text)
		}
	case textShape:
		if t.kind == '"' {
			if err := v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(d.lexer.string(t))); err != nil {
				return withoutPackage(err)
			}
			return ""
		}
		wanted = "a string"
	default:
		if wanted = d.setPlain(v, t); wanted == "" {
			return ""
		}
	}
	return "must be " + wanted + ", is " + wording.Token(d.lexer.token(t))
}

// setPlain puts a token into a string, a flag or a whole number, or says which of
// them it should be.
func (d *decoder) setPlain(v reflect.Value, t token) (wanted string) {
	switch v.Kind() {
	case reflect.String:
		if t.kind != '"' {
			return "a string"
		}
		v.SetString(d.lexer.string(t))
	case reflect.Bool:
		if t.kind != 't' && t.kind != 'f' {
			return "true or false"
		}
		v.SetBool(t.kind == 't')
	default:
		n, ok := t.integer(v.Type().Bits())
		if !ok {
			return "a whole number"
		}
		v.SetInt(n)
	}
	return ""
}

func (d *decoder) setDecimal(v reflect.Value, s string) (problem string) {
	n, ok := wording.Decimal(s)
	if !ok {
		return "is not a decimal such as \"0.10\": " + quote(s)
	}
	*v.Addr().Interface().(*decimal.Decimal) = n
	return ""
}
