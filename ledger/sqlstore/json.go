package sqlstore

import (
	"strconv"
	"time"
)

// object is JSON being written, a member after another. Members that are zero are left out.
type object []byte

// open begins a list or an object, under a name or, within a list, without one.
func (o *object) open(name string, bracket byte) {
	o.name(name)
	*o = append(*o, bracket)
}

func (o *object) close(bracket byte) { *o = append(*o, bracket) }

// name writes what stands before a value: a comma unless it is the first, and its name.
func (o *object) name(name string) {
	if n := len(*o); n > 0 && (*o)[n-1] != '[' && (*o)[n-1] != '{' {
		*o = append(*o, ',')
	}
	if name != "" {
		*o = append(append(append(*o, '"'), name...), '"', ':')
	}
}

func (o *object) text(name, v string) {
	if v == "" {
		return
	}
	o.name(name)
	*o = append(*o, '"')
	for i := range len(v) {
		switch c := v[i]; {
		case c == '"' || c == '\\':
			*o = append(*o, '\\', c)
		case c < ' ':
			*o = append(*o, '\\', 'u', '0', '0', "0123456789abcdef"[c>>4], "0123456789abcdef"[c&15])
		default:
			*o = append(*o, c)
		}
	}
	*o = append(*o, '"')
}

func (o *object) number(name string, v int64) {
	if v != 0 {
		o.name(name)
		*o = strconv.AppendInt(*o, v, 10)
	}
}

// jsonTime is layout, its fraction only where there is one: every database orders, and reads, such texts right.
const jsonTime = "2006-01-02 15:04:05.999999"

func (o *object) moment(name string, v time.Time) {
	if !v.IsZero() {
		o.name(name)
		*o = append(v.UTC().AppendFormat(append(*o, '"'), jsonTime), '"')
	}
}

// jsonMoment is a time in JSON that has been written by object.moment.
type jsonMoment time.Time

// UnmarshalText implements encoding.TextUnmarshaler.
func (m *jsonMoment) UnmarshalText(b []byte) error {
	t, err := time.Parse(jsonTime, string(b))
	*m = jsonMoment(t)
	return err
}
