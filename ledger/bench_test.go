package ledger_test

import (
	"context"
	"crypto/sha256"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/loyaltykit/loyalty/ledger"
	"github.com/loyaltykit/loyalty/ledger/memory"
)

// benchMembers spreads requests over members whose accounts stay small, as members' do.
const benchMembers = 1024

func benchBooks(b *testing.B) (*ledger.Ledger, []string) {
	b.Helper()
	books, err := ledger.New(ledger.Config{Store: memory.New()})
	if err != nil {
		b.Fatal(err)
	}
	names := make([]string, benchMembers)
	for i := range names {
		names[i] = "member-" + strconv.Itoa(i)
		for month := range 3 {
			req := ledger.Request{Owner: names[i], ID: "in" + strconv.Itoa(month), At: day(0)}
			if _, err := books.Post(b.Context(), req, ledger.Earn{Unit: points, Points: 1 << 40, Expires: day(400 + 31*month)}); err != nil {
				b.Fatal(err)
			}
		}
	}
	return books, names
}

func post(b *testing.B, books *ledger.Ledger, req ledger.Request, op ledger.Op) {
	if _, err := books.Post(context.Background(), req, op); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkEarn credits one member after another, among few and many, each with a lot and an order of
// before. It reports what the books of a member take.
func BenchmarkEarn(b *testing.B) {
	for _, members := range []int{1000, 1_000_000} {
		b.Run("members="+strconv.Itoa(members), func(b *testing.B) { benchEarn(b, members) })
	}
}

func benchEarn(b *testing.B, members int) {
	books, err := ledger.New(ledger.Config{Store: memory.New()})
	if err != nil {
		b.Fatal(err)
	}
	names := make([]string, members)
	for i := range names {
		names[i] = "member-" + strconv.Itoa(i)
	}
	before := heap()
	for _, name := range names {
		post(b, books, ledger.Request{Owner: name, ID: "order", At: day(0)}, ledger.Earn{Unit: points, Points: 80, Expires: day(400)})
	}
	size := float64(heap()-before) / float64(members)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		req := ledger.Request{Owner: names[i*7919%members], ID: "order-" + strconv.Itoa(i), At: day(1)}
		post(b, books, req, ledger.Earn{Unit: points, Points: 120, Expires: day(400)})
	}
	b.ReportMetric(size, "bytes/member")
}

// heap is the bytes in use.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func BenchmarkRedeem(b *testing.B) {
	books, names := benchBooks(b)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		req := ledger.Request{Owner: names[i%benchMembers], ID: "reward-" + strconv.Itoa(i), At: day(1)}
		post(b, books, req, ledger.Redeem{Unit: points, Points: 50})
	}
}

// BenchmarkHoldCapture is two requests: the hold, and the capture of part of it.
func BenchmarkHoldCapture(b *testing.B) {
	books, names := benchBooks(b)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		req := ledger.Request{Owner: names[i%benchMembers], ID: "checkout-" + strconv.Itoa(i), At: day(1)}
		post(b, books, req, ledger.PlaceHold{Unit: points, Points: 50, Until: day(2)})
		capture := ledger.Capture{Hold: req.ID, Points: 30}
		req.ID = "payment-" + strconv.Itoa(i)
		post(b, books, req, capture)
	}
}

// BenchmarkReplay is a request that was granted before.
func BenchmarkReplay(b *testing.B) {
	books, names := benchBooks(b)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		req := ledger.Request{Owner: names[i%benchMembers], ID: "in0", At: day(1)}
		post(b, books, req, ledger.Earn{Unit: points, Points: 1 << 40, Expires: day(400)})
	}
}

// manyLots are requests that earn 10,000 lots, no two of the same terms.
func manyLots(owner string) []ledger.Item {
	var items []ledger.Item
	for i := 0; i < 10_000; i += 100 {
		ops := make([]ledger.Op, 100)
		for j := range ops {
			ops[j] = ledger.Earn{Unit: points, Points: 100, Expires: day(1000).Add(time.Duration(i+j) * time.Hour)}
		}
		items = append(items, ledger.Item{Request: ledger.Request{Owner: owner, ID: "in" + strconv.Itoa(i), At: day(0)}, Ops: ops})
	}
	return items
}

// BenchmarkRedeemManyLots spends two and a half lots of an account of 10,000: decided alone, and posted to
// a store in memory, where a fresh account takes the place of one that has a tenth of its lots left.
func BenchmarkRedeemManyLots(b *testing.B) {
	b.Run("decided", func(b *testing.B) {
		d := ledger.NewDraft(ledger.Snapshot{})
		for _, it := range manyLots("m") {
			if _, err := d.Post(it.Request, it.Ops...); err != nil {
				b.Fatal(err)
			}
		}
		snap := ledger.Snapshot{Records: []ledger.Record{d.Record("m")}}
		req := ledger.Request{Owner: "m", ID: "out", At: day(1)}
		b.ReportAllocs()
		for b.Loop() {
			d := ledger.NewDraft(snap)
			if _, err := d.Post(req, ledger.Redeem{Unit: points, Points: 250}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("posted", func(b *testing.B) {
		books, err := ledger.New(ledger.Config{Store: memory.New()})
		if err != nil {
			b.Fatal(err)
		}
		var owner string
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			if i%3600 == 0 {
				b.StopTimer()
				owner = "m" + strconv.Itoa(i)
				if _, err := books.PostAll(b.Context(), manyLots(owner)); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
			}
			post(b, books, ledger.Request{Owner: owner, ID: "out" + strconv.Itoa(i), At: day(1)}, ledger.Redeem{Unit: points, Points: 250})
		}
	})
}

// BenchmarkBatch decides 500 earnings of as many members in one draft.
func BenchmarkBatch(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		d := ledger.NewDraft(ledger.Snapshot{})
		for i := range 500 {
			req := ledger.Request{Owner: "m" + strconv.Itoa(i), ID: "k", At: day(1)}
			if _, err := d.Post(req, ledger.Earn{Unit: points, Points: 120}); err != nil {
				b.Fatal(err)
			}
		}
		if c := d.Change(); len(c.Writes) != 500 {
			b.Fatal(len(c.Writes))
		}
	}
}

// BenchmarkSHA256 is the sum of 300 bytes, about what the chain takes of a request: a yardstick of
// how fast the machine is at the moment.
func BenchmarkSHA256(b *testing.B) {
	text := make([]byte, 300)
	for i := 0; b.Loop(); i++ {
		text[i%len(text)] ^= sha256.Sum256(text)[0]
	}
}
