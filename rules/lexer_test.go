package rules

import (
	"bytes"
	"encoding/json"
	"testing"
	"unicode/utf8"
)

func TestLexerEqualsJSON(t *testing.T) {
	for _, text := range []string{
		``, ` `, `null`, ` true `, `false`, `truex`, `tru`, `nul`, `0`, `-0`, `01`, `-`, `1.`, `1.5`, `.5`, `+1`, `1e`, `1e+`, `1E-7`, `1e5x`,
		`"`, `"a`, `"a"`, "\"a\tb\"", `"\n\/\b\\"`, `"\x"`, `"\u12"`, `"\u12G4"`, `"\u00e9\ud83d\ude00"`, `"\ud83d"`, `"\`, `"\u`,
		`{}`, `[]`, `{]`, `[}`, `}`, `]`, `{`, `[`, `,`, `:`, `[1,]`, `[,1]`, `[1 2]`, `[1:2]`, `[1,2]`, `[[],{}]`, `[[],`, `[1]]`,
		`{"a":1}`, `{"a":1,}`, `{"a" 1}`, `{"a"}`, `{"a":}`, `{"a":1 "b":2}`, `{"a":1,"b"`, `{1:2}`, `{"a"::1}`, `{"a",1}`, `{"a":{"b":[{"c":null}]}}`,
		"\x00", "[\x00]", "[1\x00]", "\ufeff{}", "[1]\x00", everything,
	} {
		checkLexer(t, []byte(text))
	}
}

// FuzzLexer: the lexer accepts the texts that encoding/json does, and cuts them
// into the same tokens.
func FuzzLexer(f *testing.F) {
	f.Add([]byte(everything))
	f.Add([]byte(`{"a":[1,-2.5e+3,"\u00e9\n",true,null,{}],"b":{"c":false}}`))
	f.Add([]byte(`[1,]`))
	f.Fuzz(func(t *testing.T, text []byte) { checkLexer(t, text) })
}

// checkLexer compares tokens up to the first that is wrong, or to the end of the
// first value.
func checkLexer(t *testing.T, text []byte) {
	if !utf8.Valid(text) {
		return // decode refuses it unread
	}
	l, j := lexer{text: text}, json.NewDecoder(bytes.NewReader(text))
	j.UseNumber()
	for n, depth := 0, 0; ; n++ {
		if depth > 0 && l.more() != j.More() {
			t.Fatalf("%q: token %d: more is %v, not %v", text, n, l.more(), j.More())
		}
		got, ok := l.next()
		want, err := j.Token()
		if ok != (err == nil) {
			t.Fatalf("%q: token %d: accepted: %v, but %v", text, n, ok, err)
		}
		if !ok {
			return
		}
		if d, isDelim := want.(json.Delim); isDelim {
			depth++
			if d == ']' || d == '}' {
				depth -= 2
			}
		}
		if l.token(got) != want {
			t.Fatalf("%q: token %d is %v, not %v", text, n, l.token(got), want)
		}
		if depth == 0 {
			return
		}
	}
}
