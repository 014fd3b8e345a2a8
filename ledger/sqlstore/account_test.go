package sqlstore

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/loyaltykit/loyalty/ledger"
	"pgregory.net/rapid"
)

// sameAccounts compares lots by what they are, and no parts with none.
var sameAccounts = cmp.Options{
	cmp.Comparer(func(a, b ledger.Lots) bool { return a.Equal(b) }),
	cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Parts" },
		cmp.Comparer(func(a, b []ledger.Lot) bool { return slices.Equal(a, b) })),
}

// anyAccount draws what may be in a column: far and near times, ids of all characters.
func anyAccount(t *rapid.T) ledger.Account {
	id := rapid.StringMatching(`[a-z"\\ é漢{},\[\]]{1,9}`)
	moment := rapid.Custom(func(t *rapid.T) time.Time {
		if rapid.IntRange(0, 3).Draw(t, "zero") == 0 {
			return time.Time{}
		}
		return time.UnixMicro(rapid.Int64Range(-62_135_596_800_000_000, 253_402_300_799_999_999).Draw(t, "µs")).UTC() // years 1 to 9999
	})
	number := rapid.OneOf(rapid.Just[int64](0), rapid.Int64())
	lots := func(name string) []ledger.Lot {
		terms := rapid.Custom(func(t *rapid.T) ledger.Terms {
			return ledger.Terms{Issued: moment.Draw(t, "issued"), Active: moment.Draw(t, "active"), Expires: moment.Draw(t, "expires"),
				Await: rapid.OneOf(rapid.Just(""), id).Draw(t, "await")}
		})
		var list []ledger.Lot
		for _, tm := range rapid.SliceOfNDistinct(terms, 0, 5, ledger.Terms.ID).Draw(t, name) {
			list = append(list, ledger.Lot{ID: tm.ID(), Terms: tm, Points: number.Draw(t, "points")})
		}
		return list
	}
	a := ledger.Account{Unit: id.Draw(t, "unit"), Earned: number.Draw(t, "earned"), Spent: number.Draw(t, "spent"),
		Debt: number.Draw(t, "debt"), Lots: ledger.NewLots(lots("lots")...)}
	for range rapid.IntRange(0, 3).Draw(t, "holds") {
		a.Holds = append(a.Holds, ledger.Hold{ID: id.Draw(t, "hold"), Made: moment.Draw(t, "made"), Until: moment.Draw(t, "until"), Parts: lots("parts")})
	}
	return a
}

// TestAccountsComeBack: what is written is read as it was, both by the quick reader and by the other.
func TestAccountsComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := ledger.Record{Owner: "m", Accounts: rapid.SliceOfN(rapid.Custom(anyAccount), 0, 3).Draw(t, "accounts")}
		text, err := accountsText(&want)
		if err != nil {
			t.Fatal(err)
		}
		got := ledger.Record{Owner: "m"}
		if err := readAccounts(&got, text.text); err != nil {
			t.Fatalf("%v in %s", err, text.text)
		}
		if len(want.Accounts) == 0 {
			want.Accounts = nil
		}
		if diff := cmp.Diff(want, got, sameAccounts); diff != "" {
			t.Fatalf("-want +got:\n%s\n%s", diff, text.text)
		}
		if len(want.Accounts) == 0 {
			return
		}
		other, err := anyAccounts(text.text)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want.Accounts, other, sameAccounts); diff != "" {
			t.Fatalf("-want +got by encoding/json:\n%s\n%s", diff, text.text)
		}
	})
}

// A column that holds something else is told by its owner's name.
func TestBrokenAccounts(t *testing.T) {
	for _, text := range []string{`{`, `[{"unit":7}]`, `[{"lots":[{"issued":"yesterday"}]}]`} {
		r := ledger.Record{Owner: "member 7"}
		if err := readAccounts(&r, text); err == nil || !strings.Contains(err.Error(), `accounts of "member 7"`) {
			t.Errorf("%s: got %v", text, err)
		}
	}
}

// TestPostingsComeBack: what is written is read as it was, by encoding/json.
func TestPostingsComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.Just(""), rapid.StringMatching(`[a-z"\\\n\t é漢<>&{},\[\]]{1,9}`))
		place := rapid.Custom(func(t *rapid.T) ledger.Place {
			return ledger.Place{Owner: s.Draw(t, "owner"), Lot: s.Draw(t, "lot"), Hold: s.Draw(t, "hold"), Flow: s.Draw(t, "flow")}
		})
		want := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) ledger.Posting {
			return ledger.Posting{Unit: s.Draw(t, "unit"), Points: rapid.Int64().Draw(t, "points"),
				From: place.Draw(t, "from"), To: place.Draw(t, "to"), Reason: s.Draw(t, "reason")}
		}), 1, 4).Draw(t, "postings")
		var got []ledger.Posting
		if err := json.Unmarshal([]byte(postingsText(want)), &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("-want +got:\n%s", diff)
		}
	})
}

var ordinary = `[{"unit":"points","earned":180,"spent":20,"lots":[` +
	`{"points":60,"issued":"2026-01-01 00:00:00","expires":"2027-01-01 00:00:00"},` +
	`{"points":60,"issued":"2026-02-01 00:00:00","expires":"2027-02-01 00:00:00"},` +
	`{"points":30,"issued":"2026-03-01 00:00:00","activates":"2026-03-14 00:00:00.25","awaits":"delivered/7","expires":"2027-03-01 00:00:00"}],` +
	`"holds":[{"hold":"checkout 7","made":"2026-03-14 15:09:26.535897","until":"2026-03-14 15:39:26.535897","lots":[{"points":10,"issued":"2026-03-01 00:00:00"}]}]}]`

// FuzzAccounts: whatever stands in the column, the quick reader gives what encoding/json gives, or leaves it alone.
func FuzzAccounts(f *testing.F) {
	f.Add(ordinary)
	f.Add(strings.ReplaceAll(ordinary, ":", ": "))
	for _, text := range []string{`[]`, `[{}]`, `[{"unit":"a","unit":"b"}]`, `[{"unit":"\u00e9"}]`, `[{"unit":"é","earned":-0}]`, `[{"unit":"x","lots":null}]`,
		`[{"earned":01}]`, `[{"earned":9223372036854775808}]`, `[{"lots":[{"issued":"2026-02-30 00:00:00"}]}]`, `[{"lots":[{"issued":"2026-02-03 00:00:00,5"}]}]`,
		"[{\"unit\":\"\xff\"}]", `[{"unit":"a",}]`, `[{"Unit":"a"}]`, `[{"unit":"a"}] `, `[{"lots":[{"points":1},{"points":2,}]}]`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, ok := plainAccounts(text)
		if !ok {
			return
		}
		want, err := anyAccounts(text)
		if err != nil {
			t.Fatalf("%q is no JSON of accounts (%v) and was read as %v", text, err, got)
		}
		if diff := cmp.Diff(want, got, sameAccounts); diff != "" {
			t.Fatalf("-json +quick:\n%s", diff)
		}
	})
}

func BenchmarkReadAccounts(b *testing.B) {
	for _, read := range []struct {
		name string
		do   func(string) ([]ledger.Account, error)
	}{
		{"plain", func(s string) ([]ledger.Account, error) { l, _ := plainAccounts(s); return l, nil }},
		{"encoding/json", anyAccounts},
	} {
		b.Run(read.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if l, err := read.do(ordinary); err != nil || len(l) != 1 {
					b.Fatal(l, err)
				}
			}
		})
	}
}
