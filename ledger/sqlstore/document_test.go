package sqlstore

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/loyaltykit/loyalty/ledger"
	"pgregory.net/rapid"
)

// anyJSON draws a value with blanks wherever JSON allows them, and brackets, quotes and commas within its strings.
func anyJSON(depth int) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		blank := rapid.StringMatching(`[ \t\r\n]{0,2}`)
		text := rapid.Custom(func(t *rapid.T) string {
			return jsonText(rapid.StringMatching(`[a-z"\\ é漢:,{}\[\]]{0,6}`).Draw(t, "text"))
		})
		list := func(name string, item func() string) string {
			items := make([]string, rapid.IntRange(0, 3).Draw(t, name))
			for i := range items {
				items[i] = item()
			}
			return strings.Join(items, ",") + blank.Draw(t, "blank")
		}
		kinds := 5
		if depth == 0 {
			kinds = 3
		}
		var v string
		switch rapid.IntRange(1, kinds).Draw(t, "kind") {
		case 1:
			v = rapid.SampledFrom([]string{"0", "-1.50e+10", "true", "false", "null", `"\u0000 \ud800 \\\""`}).Draw(t, "value")
		case 2, 3:
			v = text.Draw(t, "text")
		case 4:
			v = "[" + list("items", func() string { return anyJSON(depth-1).Draw(t, "item") }) + "]"
		case 5:
			v = "{" + list("members", func() string {
				return blank.Draw(t, "blank") + text.Draw(t, "name") + blank.Draw(t, "blank") + ":" + anyJSON(depth-1).Draw(t, "member")
			}) + "}"
		}
		return blank.Draw(t, "before") + v + blank.Draw(t, "after")
	})
}

// TestDocumentsComeBack: what is written is read as it was, to the byte, both by the quick reader and by the other.
func TestDocumentsComeBack(t *testing.T) {
	plainly := 0
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.OneOf(rapid.StringMatching(`[a-z~é漢:,{}\[\] ]{0,6}`), rapid.StringMatching(`[a-z"\\\n\x00\x7f]{0,6}`))
		want := map[string]json.RawMessage{}
		for name, doc := range rapid.MapOfN(names, anyJSON(3), 1, 5).Draw(t, "documents") {
			want[name] = json.RawMessage(doc)
		}
		w := ledger.Write{After: ledger.Record{Owner: "m", Version: 1, Docs: want}}
		text, err := docsText(&w)
		if err != nil {
			t.Fatal(err)
		}
		if !json.Valid([]byte(text.text)) {
			t.Fatalf("the column would be no JSON: %s", text.text)
		}
		got := ledger.Record{Owner: "m"}
		if err := readDocs(&got, text.text); err != nil {
			t.Fatalf("%v in %s", err, text.text)
		}
		if diff := cmp.Diff(want, got.Docs); diff != "" {
			t.Fatalf("-want +got:\n%s\n%s", diff, text.text)
		}
		other, err := anyDocs(text.text)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, other); diff != "" {
			t.Fatalf("-want +got by encoding/json:\n%s\n%s", diff, text.text)
		}
		if _, ok := plainDocs(text.text); ok {
			plainly++
		} else if !strings.Contains(text.text, `\`) {
			t.Fatalf("the quick reader has left %s alone", text.text)
		}
	})
	if plainly == 0 {
		t.Error("the quick reader has read nothing")
	}
}

// TestDocsText: what the column is told tells documents that are as they were from there being none.
func TestDocsText(t *testing.T) {
	docs := func(pairs ...string) map[string]json.RawMessage {
		var m map[string]json.RawMessage
		for i := 0; i < len(pairs); i += 2 {
			if m == nil {
				m = map[string]json.RawMessage{}
			}
			m[pairs[i]] = json.RawMessage(pairs[i+1])
		}
		return m
	}
	for _, tt := range []struct {
		rule          string
		version       int64
		before, after map[string]json.RawMessage
		want          cell
	}{
		{"a new record may have none", 1, docs(), docs(), cell{}},
		{"or some, by name", 1, docs(), docs("b", " 2", "a", "1 "), textCell(`{"a":1 ,"b": 2}`)},
		{"none stay none", 2, docs(), docs(), cell{}},
		{"some stay as they are", 2, docs("a", "1"), docs("a", "1"), cell{}},
		{"with one that changes all are written", 2, docs("a", "1", "b", "2"), docs("a", "1", "b", "3"), textCell(`{"a":1,"b":3}`)},
		{"a blank is a change", 2, docs("a", "1"), docs("a", "1 "), textCell(`{"a":1 }`)},
		{"one of two goes", 2, docs("a", "1", "b", "2"), docs("b", "2"), textCell(`{"b":2}`)},
		{"the last goes", 2, docs("a", "1"), docs(), textCell("")},
		{"of a record that was never stored nothing goes", 1, docs("a", "1"), docs(), cell{}},
		{"names have any characters", 1, docs(), docs("\"\\\n é", "1"), textCell(`{"\"\\\u000a é":1}`)},
	} {
		w := ledger.Write{Before: ledger.Record{Owner: "m", Version: tt.version - 1, Docs: tt.before}, After: ledger.Record{Owner: "m", Version: tt.version, Docs: tt.after}}
		got, err := docsText(&w)
		if err != nil || got != tt.want {
			t.Errorf("%s: got %+v, %v; want %+v", tt.rule, got, err, tt.want)
		}
	}
}

// TestRefusedDocuments: a document that is no JSON would spoil the others. The error says whose it is, and that it is no use to
// try again.
func TestRefusedDocuments(t *testing.T) {
	for _, doc := range []string{"", " ", "{", "gold", `{"a":1}}`, `1,"b":2`, "\"\xff\"", "\"\x00\"", "nil"} {
		w := ledger.Write{Before: ledger.Record{Owner: "member 7"}, After: ledger.Record{Owner: "member 7", Version: 1,
			Docs: map[string]json.RawMessage{"tier": json.RawMessage(doc), "good": json.RawMessage(`1`)}}}
		_, err := (&Store{dialect: Postgres}).newBatch(ledger.Change{Writes: []ledger.Write{w}})
		if err == nil || !strings.Contains(err.Error(), `document "tier" of "member 7"`) || errors.Is(err, ledger.ErrConflict) {
			t.Errorf("%q: got %v", doc, err)
		}
		w.Before.Docs = w.After.Docs // as it was: nobody looks
		if _, err := docsText(&w); err != nil {
			t.Errorf("%q, which has not changed: got %v", doc, err)
		}
	}
	w := ledger.Write{After: ledger.Record{Owner: "member 7", Version: 1, Docs: map[string]json.RawMessage{"\xff": json.RawMessage(`1`)}}}
	if _, err := docsText(&w); err == nil || !strings.Contains(err.Error(), `document "\xff" of "member 7"`) {
		t.Errorf("a name that is not UTF-8: got %v", err)
	}
}

// A column that holds something else is told by its owner's name.
func TestBrokenDocuments(t *testing.T) {
	for _, text := range []string{`{`, `{"a"`, `{"a":`, `{"a":1`, `{"a":1,}`, `[]`, `null`, `1`, `{"a":1} {}`, `{"a":1,"a":2}`, `{"a":1,"\u0061":2}`, `{a:1}`, `{1:1}`, `{"a" 1}`, ` `} {
		r := ledger.Record{Owner: "member 7"}
		if err := readDocs(&r, text); err == nil || !strings.Contains(err.Error(), `documents of "member 7"`) {
			t.Errorf("%s: got %v, %s", text, err, r.Docs)
		}
	}
}

// TestNoDocuments: who has none pays nothing for them.
func TestNoDocuments(t *testing.T) {
	w := ledger.Write{Before: ledger.Record{Owner: "m", Version: 1}, After: ledger.Record{Owner: "m", Version: 2}}
	var r ledger.Record
	if n := testing.AllocsPerRun(100, func() {
		if c, err := docsText(&w); err != nil || c != (cell{}) {
			t.Fatal(c, err)
		}
		if err := readDocs(&r, ""); err != nil || r.Docs != nil {
			t.Fatal(r.Docs, err)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

var ordinaryDocs = `{"member":{"joined":"2026-03-01","birthday":"1990-05-17","segments":["app","newsletter"],"orders":17,"active":"2026-03-14"},` +
	`"tier":{"tier":"gold","since":"2026-02-01T00:00:00Z","until":"2028-01-01T00:00:00Z","points":5310},` +
	`"usage":{"rules":{"double \"march\"":{"from":"2026-03-01T00:00:00Z","until":"2026-04-01T00:00:00Z","points":60,"uses":2}}}}`

// FuzzDocuments: whatever stands in the column, the quick reader gives what encoding/json gives, or leaves it alone. It looks at
// brackets alone, so that it may read what is no JSON: but then, too, nothing of it is lost.
func FuzzDocuments(f *testing.F) {
	f.Add(ordinaryDocs)
	f.Add(strings.ReplaceAll(ordinaryDocs, ":", " : "))
	for _, text := range []string{`{}`, `{"a":1}`, `{ "a" : 1 }`, `{"a":1,"a":2}`, `{"\u00e9":1}`, `{"é": [ ] ,"b":"\\"}`, `{"a":"\"}"}`, `{"a":[}`, `{"a":}`, `{"a":1}}`,
		"{\"\xff\":1}", "{\"a\":\"\xff\"}", `{"a":1,}`, `{"a":"\`, `{"a":[[{"b":"]"}]]}`, `{"":null}`, `[{"a":1}]`, `{"a":1} `, `{"a":1}{}`, `{"a":"x"y}`, `{"a":{"b":1,"b":2}}`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		want, err := anyDocs(text)
		got, ok := plainDocs(text)
		if !ok {
			return
		}
		if err != nil && json.Valid([]byte(text)) {
			t.Fatalf("%q is refused (%v) and was read as %s", text, err, got)
		}
		if err == nil {
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("-json +quick:\n%s", diff)
			}
		}
		size := len("{}") + max(len(got)-1, 0)
		for name, doc := range got {
			size += len(`"":`) + len(name) + len(doc)
		}
		if size != len(text) {
			t.Fatalf("of %q, %d bytes, came %d bytes: %s", text, len(text), size, got)
		}
	})
}

func BenchmarkReadDocs(b *testing.B) {
	for _, read := range []struct {
		name string
		do   func(string) (map[string]json.RawMessage, error)
	}{
		{"plain", func(s string) (map[string]json.RawMessage, error) { m, _ := plainDocs(s); return m, nil }},
		{"encoding/json", anyDocs},
	} {
		b.Run(read.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if m, err := read.do(ordinaryDocs); err != nil || len(m) != 3 {
					b.Fatal(m, err)
				}
			}
		})
	}
}
