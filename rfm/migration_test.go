package rfm_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/loyaltykit/loyalty/rfm"
	"pgregory.net/rapid"
)

func TestModel_StageMigration(t *testing.T) {
	m := mustCompile(t, rfm.Definition{})
	b := mustBuild(t, "", order("stays", "2026-01-01", "1"), order("stays", "2026-05-01", "1"), order("cools", "2026-01-01", "1"), order("comes", "2026-05-25", "1"))
	at := func(day string) func(yield func(rfm.Summary, rfm.Placement) bool) {
		placed, err := m.Place(b.Summaries(rfm.Window{AsOf: date(day)}))
		if err != nil {
			t.Fatal(err)
		}
		return placed
	}
	mg := m.StageMigration(at("2026-03-01"), at("2026-06-01"))
	const want = `from \ to    1  2  3  4  5  6  7
1 new        .  .  .  .  .  .  .
2 active     .  1  1  .  .  .  .
3 cooling    .  .  .  .  .  .  .
4 dormant    .  .  .  .  .  .  .
5 lost       .  .  .  .  .  .  .
6 (not yet)  1  .  .  .  .  .  .
7 (gone)     .  .  .  .  .  .  .
`
	if d := diff(want, mg.String()); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if moved, all := mg.Moved(); moved != 2 || all != 3 {
		t.Errorf("%d of %d moved", moved, all)
	}
	// Backwards, who came has gone.
	if back := m.StageMigration(at("2026-06-01"), at("2026-03-01")); back.Counts[0][6] != 1 {
		t.Errorf("backwards:\n%s", back)
	}
}

// TestLaw_migrationAddsUp: the rows are who was where, the columns who is.
func TestLaw_migrationAddsUp(t *testing.T) {
	m := mustCompile(t, rfm.Definition{Segments: rfm.NamedSegments()})
	rapid.Check(t, func(rt *rapid.T) {
		before, after := drawSummaries(rt, 0), drawSummaries(rt, 0)
		one, err := m.Place(slices.Values(before))
		two, errTwo := m.Place(slices.Values(after))
		if err != nil || errTwo != nil {
			rt.Fatal(err, errTwo)
		}
		mg := m.SegmentMigration(one, two)
		first, second := m.Tally(one), m.Tally(two)
		for i, g := range first.Segments {
			row, column := int64(0), int64(0)
			for j := range mg.Names {
				row, column = row+mg.Counts[i][j], column+mg.Counts[j][i]
			}
			if row != g.Customers || column != second.Segments[i].Customers {
				rt.Fatalf("%s: %d before and %d after, tallies %d and %d", g.Name, row, column, g.Customers, second.Segments[i].Customers)
			}
		}
		wellFormed(rt, mg.SVG("moves"))
	})
}

type failer interface{ Fatalf(string, ...any) }

// wellFormed reads the whole text as XML.
func wellFormed(t failer, svg []byte) {
	for d := xml.NewDecoder(bytes.NewReader(svg)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatalf("not XML: %v\n%s", err, svg)
		}
	}
}

// TestLaw_picturesAreXML: whatever the names and figures, the pictures are sound
// and the same twice.
func TestLaw_picturesAreXML(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		group := rapid.Custom(func(t *rapid.T) rfm.Group {
			return rfm.Group{
				Name: rapid.String().Draw(t, "name"), Customers: rapid.Int64Range(-1, 1<<62).Draw(t, "customers"),
				Orders: rapid.Int64().Draw(t, "orders"), Spend: dec("1.25").Shift(rapid.Int32Range(-8, 40).Draw(t, "spend")),
			}
		})
		groups := rapid.SliceOfN(group, 0, 30).Draw(rt, "groups")
		title := rapid.String().Draw(rt, "title")
		by := rapid.SampledFrom([]rfm.Weighing{"", rfm.ByCustomers, rfm.BySpend}).Draw(rt, "by")
		width, height := rapid.IntRange(-5, 2000).Draw(rt, "width"), rapid.IntRange(-5, 2000).Draw(rt, "height")
		svg := rfm.TreemapSVG(title, groups, by, width, height)
		wellFormed(rt, svg)
		if !bytes.Equal(svg, rfm.TreemapSVG(title, groups, by, width, height)) {
			rt.Fatal("not the same twice")
		}
		var grid rfm.Grid
		for len(groups) >= 3 {
			grid.Cells = append(grid.Cells, groups[:3])
			groups = groups[3:]
		}
		wellFormed(rt, grid.SVG(title))
		if lines := strings.Count(grid.String(), "\n"); len(grid.Cells) > 0 && lines != len(grid.Cells)+1 {
			rt.Fatalf("%d lines of %d rows", lines, len(grid.Cells))
		}
	})
}

func TestTreemapSVG_escapes(t *testing.T) {
	svg := string(rfm.TreemapSVG(`<script>&"`, []rfm.Group{{Name: `"><script>alert(1)</script>`, Customers: 5}}, rfm.ByCustomers, 600, 400))
	if strings.Contains(svg, "<script") || !strings.Contains(svg, "&lt;script&gt;&amp;&quot;") {
		t.Error(svg)
	}
}

// The figures of the tables are those of the pictures.
func TestModel_Tally(t *testing.T) {
	m := mustCompile(t, rfm.Definition{Segments: rfm.NamedSegments()})
	placed, err := m.Place(slices.Values([]rfm.Summary{
		spender("a", 1, 12, "20000"), spender("b", 2, 11, "12000"), spender("c", 40, 1, "1"), spender("d", 400, 2, "10.50"),
	}))
	if err != nil {
		t.Fatal(err)
	}
	tally := m.Tally(placed)
	want := []rfm.Group{
		{Name: "champions", Customers: 2, Orders: 23, Spend: dec("32000")},
		{Name: "need attention", Customers: 1, Orders: 1, Spend: dec("1")},
		{Name: "lost", Customers: 1, Orders: 2, Spend: dec("10.5")},
	}
	got := slices.DeleteFunc(tally.Segments, func(g rfm.Group) bool { return g.Customers == 0 })
	if d := diff(want, got); d != "" {
		t.Errorf("segments (-want +got):\n%s", d)
	}
	if c := tally.Grid.Cells[2][2]; c.Customers != 2 || !c.Mean().Equal(dec("16000")) || tally.All.Customers != 4 {
		t.Errorf("grid %+v, all %+v", c, tally.All)
	}
	svg := string(tally.Grid.SVG("grid"))
	if !strings.Contains(svg, "R 3, F 3: 2 customers, 32000 spent, 16000 each") {
		t.Error(svg)
	}
	const table = `segment          customers    share      orders             spend          each
champions                2    50.0%          23          32000.00      16000.00
need attention           1    25.0%           1              1.00          1.00
lost                     1    25.0%           2             10.50         10.50
`
	if d := diff(table, rfm.Table(got)); d != "" {
		t.Errorf("table (-want +got):\n%s", d)
	}
}
