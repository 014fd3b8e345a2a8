package ledger_test

import (
	"testing"
	"time"

	"github.com/loyaltykit/loyalty/ledger"
	"pgregory.net/rapid"
)

// A lot's id has its times as package time formats them, whatever they are.
func TestLaw_LotIDTimes(t *testing.T) {
	moment := func(t *rapid.T, what string) time.Time {
		micros := rapid.SampledFrom([]int64{0, 1, 10, 999_999, 500_000, 120_000}).Draw(t, what+" microseconds")
		seconds := rapid.Int64Range(-63_000_000_000, 400_000_000_000).Draw(t, what) // from before the year 1 to after 9999
		zone := time.FixedZone("", rapid.IntRange(-50_000, 50_000).Draw(t, what+" zone"))
		return time.Unix(seconds, micros*1000).In(zone)
	}
	const layout = "20060102T150405.999999Z"
	rapid.Check(t, func(t *rapid.T) {
		terms := ledger.Terms{Issued: moment(t, "issued"), Active: moment(t, "active"), Expires: moment(t, "expires")}
		want := terms.Issued.UTC().Format(layout) + ":" + terms.Expires.UTC().Format(layout) + "@" + terms.Active.UTC().Format(layout)
		if got := terms.ID(); got != want {
			t.Fatalf("ID is %s, want %s", got, want)
		}
	})
}

// Points that name no cohort are of the month in which they were earned, as package time has it.
func TestLaw_Cohort(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := time.UnixMicro(rapid.Int64Range(-62135596800e6+1, 253402300799e6).Draw(t, "at")).In(time.FixedZone("", rapid.IntRange(-50_000, 50_000).Draw(t, "zone")))
		d := ledger.NewDraft(ledger.Snapshot{})
		if _, err := d.Post(ledger.Request{Owner: "m", ID: "in", At: at}, ledger.Earn{Unit: points, Points: 1}); err != nil {
			t.Fatal(err)
		}
		rec := d.Record("m")
		year, month, _ := at.UTC().Date()
		if got, want := rec.Account(points).Lots.At(0).Issued, time.Date(year, month, 1, 0, 0, 0, 0, time.UTC); got != want {
			t.Fatalf("points of %v are of %v, want %v", at, got, want)
		}
	})
}
