package rfm_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"testing"

	"github.com/loyaltykit/loyalty/rfm"
)

func saved(t testing.TB, b *rfm.Builder) []byte {
	t.Helper()
	var to bytes.Buffer
	if err := b.Save(&to); err != nil {
		t.Fatal(err)
	}
	return to.Bytes()
}

// TestGatherParallel_manyOrders: what many goroutines make of enough orders to
// keep all of them busy is, to the byte and in its order, what one makes of one
// stream after another; and so are the members.
func TestGatherParallel_manyOrders(t *testing.T) {
	y := newShopYear(3_000, 60_000)
	const zone = "Europe/Berlin"
	plain, err := rfm.NewBuilder(zone)
	if err != nil {
		t.Fatal(err)
	}
	if err := plain.AddAll(y.orders(0, 1)); err != nil {
		t.Fatal(err)
	}
	m := mustCompile(t, benchDef)
	placed, err := m.Place(plain.Summaries(benchWindow))
	if err != nil {
		t.Fatal(err)
	}
	var members []rfm.Member
	for s, p := range placed {
		members = append(members, rfm.Member{Customer: s.Customer, Score: p.Score, HighValue: p.HighValue, Segment: p.Segment, Stage: p.Standing.Stage})
	}
	for _, tt := range []struct{ workers, streams int }{{0, 1}, {1, 1}, {2, 1}, {7, 1}, {1, 3}, {2, 2}, {3, 8}, {16, 40}, {1000, 3}} {
		t.Run(fmt.Sprintf("%d workers, %d streams", tt.workers, tt.streams), func(t *testing.T) {
			b, err := rfm.GatherParallel(t.Context(), zone, tt.workers, y.streams(tt.streams)...)
			if err != nil {
				t.Fatal(err)
			}
			if b.Customers() != plain.Customers() || !bytes.Equal(saved(t, b), saved(t, plain)) {
				t.Errorf("%d customers, want %d, or they are others", b.Customers(), plain.Customers())
			}
			if got, err := m.PlaceParallel(b, benchWindow, tt.workers); err != nil || !slices.Equal(got, members) {
				t.Errorf("%d members, %v, want %d", len(got), err, len(members))
			}
		})
	}
}

// TestPlaceParallel_lateBuyers: customers who had bought nothing by then are left
// out, wherever they are listed.
func TestPlaceParallel_lateBuyers(t *testing.T) {
	b := mustBuild(t, "")
	for i := range 2_000 {
		day := "2026-01-01"
		if i%3 == 0 {
			day = "2026-02-01"
		}
		if err := b.Add(order(fmt.Sprint(i), day, fmt.Sprint(i%100))); err != nil {
			t.Fatal(err)
		}
	}
	w := rfm.Window{AsOf: date("2026-01-15")}
	got, err := mustCompile(t, benchDef).PlaceParallel(b, w, 2)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, m := range got {
		ids = append(ids, m.Customer)
	}
	var want []string
	for s := range b.Summaries(w) {
		want = append(want, s.Customer)
	}
	if d := diff(want, ids); d != "" || len(want) != 1_333 {
		t.Errorf("%d customers (-want +got):\n%s", len(want), d)
	}
}

// failsAt is good orders and then an error, or with no error a bad order, and
// after that no end of good ones.
func failsAt(n int, err error) iter.Seq2[rfm.Order, error] {
	return func(yield func(rfm.Order, error) bool) {
		good := order("a", "2026-01-01", "1")
		for range n {
			if !yield(good, nil) {
				return
			}
		}
		if !yield(rfm.Order{Customer: "b"}, err) {
			return
		}
		for yield(good, nil) {
		}
	}
}

func TestGatherParallel_refuses(t *testing.T) {
	broken := errors.New("connection lost")
	fine := stream([]rfm.Order{order("a", "2026-01-01", "1")})
	tests := []struct {
		rule    string
		streams []iter.Seq2[rfm.Order, error]
		want    string
	}{
		{"a bad order of the only stream", []iter.Seq2[rfm.Order, error]{failsAt(3, nil)}, "rfm: orders[3].at: must be between 1970-01-01 and 2149-06-06"},
		{"one among many", []iter.Seq2[rfm.Order, error]{failsAt(1_300, nil)}, "rfm: orders[1300].at: must be between 1970-01-01 and 2149-06-06"},
		{"a stream that breaks", []iter.Seq2[rfm.Order, error]{failsAt(513, broken)}, "rfm: orders[513]: connection lost"},
		{"a bad order before the stream breaks", []iter.Seq2[rfm.Order, error]{func(yield func(rfm.Order, error) bool) {
			_ = yield(rfm.Order{Customer: "b"}, nil) && yield(rfm.Order{}, broken)
		}}, "rfm: orders[0].at: must be between 1970-01-01 and 2149-06-06"},
		{"the second stream", []iter.Seq2[rfm.Order, error]{fine, failsAt(0, broken), fine}, "rfm: streams[1].orders[0]: connection lost"},
		{
			"the first stream that fails, however late",
			[]iter.Seq2[rfm.Order, error]{failsAt(20_000, nil), failsAt(2, broken), failsAt(0, nil)},
			"rfm: streams[0].orders[20000].at: must be between 1970-01-01 and 2149-06-06",
		},
		{"too many streams", make([]iter.Seq2[rfm.Order, error], rfm.MaxStreams+1), "rfm: 10001 streams are more than 10000"},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			for _, workers := range []int{1, 2, 5} {
				b, err := rfm.GatherParallel(t.Context(), "", workers, tt.streams...)
				if b != nil || err == nil || err.Error() != tt.want {
					t.Errorf("%d workers: %v, want %s", workers, err, tt.want)
				}
			}
		})
	}
	if _, err := rfm.GatherParallel(t.Context(), "Mars/Olympus", 1, fine); err == nil {
		t.Error("a zone that is none was accepted")
	}
	if b, err := rfm.GatherParallel(t.Context(), "", 2); err != nil || b.Customers() != 0 {
		t.Errorf("no streams: %v", err)
	}
}

func TestGatherParallel_ends(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	endless := func(yield func(rfm.Order, error) bool) {
		o := order("a", "2026-01-01", "1")
		for n := 0; yield(o, nil); n++ {
			if n == 1_000 {
				cancel()
			}
		}
	}
	if _, err := rfm.GatherParallel(ctx, "", 3, endless, endless, endless, endless); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	for _, at := range []int{0, 1, 4} {
		streams := slices.Repeat([]iter.Seq2[rfm.Order, error]{failsAt(0, errors.New("broken"))}, 5)
		for i := range at {
			streams[i] = stream(nil)
		}
		streams[at] = func(func(rfm.Order, error) bool) { panic("no such table") }
		func() {
			defer func() {
				if v := recover(); v != "no such table" {
					t.Errorf("a panic of stream %d came out as %v", at, v)
				}
			}()
			_, err := rfm.GatherParallel(t.Context(), "", 2, streams...)
			t.Errorf("a panic of stream %d came out as no panic and %v", at, err)
		}()
	}
}
