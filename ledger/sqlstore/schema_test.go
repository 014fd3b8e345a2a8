package sqlstore

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	createTable = regexp.MustCompile(`(?s)CREATE TABLE (?:IF NOT EXISTS )?\S*?([a-z]+) \((.*?)\n\)`)
	primaryKey  = regexp.MustCompile(`PRIMARY KEY \(([^)]*)\)`)
	columnName  = regexp.MustCompile(`^ {4}([a-z_]+) +[A-Z]`)
)

// schemas are the statements of each dialect, with a short prefix.
func schemas(t *testing.T) map[Dialect]string {
	all := map[Dialect]string{}
	for _, d := range []Dialect{SQLite, Postgres, MySQL} {
		migrations, err := (&Store{dialect: d, prefix: "x_"}).migrations()
		if err != nil {
			t.Fatal(err)
		}
		all[d] = strings.Join(slices.Concat(migrations...), ";\n")
	}
	return all
}

// TestKeysBeginWithTheOwner: so that a distributed database can keep all of an owner in one place.
func TestKeysBeginWithTheOwner(t *testing.T) {
	for d, text := range schemas(t) {
		found := createTable.FindAllStringSubmatch(text, -1)
		if len(found) != len(tables) {
			t.Errorf("%v: %d tables, want %d", d, len(found), len(tables))
		}
		for _, m := range found {
			keys := primaryKey.FindAllStringSubmatch(m[2], -1)
			if len(keys) != 1 || keys[0][1] != "owner" && !strings.HasPrefix(keys[0][1], "owner,") {
				t.Errorf("%v: the primary key of %s is %v", d, m[1], keys)
			}
		}
		for _, word := range []string{"UNIQUE", "AUTO_INCREMENT", "AUTOINCREMENT", "SERIAL", "SEQUENCE", "IDENTITY", "REFERENCES", "TRIGGER"} {
			if regexp.MustCompile(`\b` + word + `\b`).MatchString(text) {
				t.Errorf("%v: the schema says %s", d, word)
			}
		}
	}
}

// TestTablesAreThoseOfTheSchema holds table.go to schema/*.sql.
func TestTablesAreThoseOfTheSchema(t *testing.T) {
	for d, text := range schemas(t) {
		for _, m := range createTable.FindAllStringSubmatch(text, -1) {
			i := slices.IndexFunc(tables[:], func(t *table) bool { return t.name == m[1] })
			if i < 0 {
				t.Errorf("%v: no table is called %s", d, m[1])
				continue
			}
			var have, want, key []string
			for line := range strings.Lines(m[2]) {
				if c := columnName.FindStringSubmatch(line); c != nil {
					have = append(have, c[1])
				}
			}
			for n, c := range tables[i].columns {
				want = append(want, c.name)
				if n < tables[i].key {
					key = append(key, c.name)
				}
			}
			slices.Sort(have)
			slices.Sort(want)
			if !slices.Equal(have, want) {
				t.Errorf("%v: %s has columns %v, table.go %v", d, m[1], have, want)
			}
			if k := primaryKey.FindStringSubmatch(m[2]); k == nil || k[1] != strings.Join(key, ", ") {
				t.Errorf("%v: %s has the key %v, table.go %v", d, m[1], k, key)
			}
		}
	}
	for i, table := range tables {
		if table.id != i {
			t.Errorf("%s has id %d at place %d", table.name, table.id, i)
		}
	}
}

// TestOnlyViewsNeedJSONTable: TiDB has none, and is left without views.
func TestOnlyViewsNeedJSONTable(t *testing.T) {
	views := 0
	migrations, err := (&Store{dialect: MySQL, prefix: "x_"}).migrations()
	if err != nil {
		t.Fatal(err)
	}
	for _, stmt := range slices.Concat(migrations...) {
		if createView.MatchString(stmt) {
			views++
		} else if strings.Contains(stmt, "JSON_TABLE") {
			t.Errorf("no view, and needs JSON_TABLE: %s", stmt)
		}
	}
	if views != 7 {
		t.Errorf("%d views, want 7", views)
	}
}
