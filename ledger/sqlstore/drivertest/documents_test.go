package drivertest_test

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/loyaltykit/loyalty/ledger"
	"github.com/loyaltykit/loyalty/ledger/sqlstore"
)

// documents are some, by name.
type documents map[string]string

// set makes them the documents of an owner.
func (docs documents) set(d *ledger.Draft, owner string) {
	for name := range d.Record(owner).Docs {
		if _, ok := docs[name]; !ok {
			d.SetDoc(owner, name, nil)
		}
	}
	for name, doc := range docs {
		d.SetDoc(owner, name, json.RawMessage(doc))
	}
}

// storesOf are the ways to a store's tables: by itself, and in a transaction of the host's, which is committed afterwards.
func storesOf(t *testing.T, db *sql.DB, store *sqlstore.Store) map[string]func(func(ledger.Store)) {
	return map[string]func(func(ledger.Store)){
		"alone": func(do func(ledger.Store)) { do(store) },
		"bound": func(do func(ledger.Store)) {
			tx, err := db.BeginTx(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer tx.Rollback()
			do(store.Bind(tx))
			if err := tx.Commit(); err != nil {
				t.Fatal(err)
			}
		},
	}
}

// TestDocuments has the documents of four owners come, change, stay and go: of one owner at a time and of all of them in
// one commit, with points and without. They come back to the byte, and of none the column is NULL.
func TestDocuments(t *testing.T) {
	odd := documents{"": ` null`, `"quoted" \ {name},`: "\t[ ]\n", "line\nend\x00": `{"b":1.0, "a":1e2,"a":2}`, "é漢😀": ` "😀 'quoted' \\ {} \" \u0000 \ud800" `, strings.Repeat("n", 400): `""`}
	steps := []map[string]documents{
		{"a": {"member": `{"tier": "gold"}`}, "b": odd, "c": {}, "d": {"x": "1"}},
		{"a": {"member": `{"tier": "gold"}`}, "b": odd, "c": {"late": "{}"}, "d": {"x": "1", "y": "2"}}, // as they were; the first; another
		{"a": {"member": `{"tier":"gold"}`}, "b": odd, "c": {}, "d": {"y": "2"}},                        // a blank less; none left; one of two
		{"a": {}, "b": {"": "0"}, "c": {}, "d": {"y": "2"}},
		{"a": {"again": "[]"}, "b": {"": "0"}, "c": {}, "d": {}},
	}
	everyDatabase(t, func(t *testing.T, d database) {
		db := d.connect(t, d.dsn(t))
		for _, how := range []string{"alone", "bound"} {
			for _, together := range []bool{false, true} {
				for _, earning := range []bool{false, true} {
					t.Run(fmt.Sprintf("%s together=%t earning=%t", how, together, earning), func(t *testing.T) {
						store, prefix := d.migratePrefix(t, db)
						commits := [][]string{{"a"}, {"b"}, {"c"}, {"d"}}
						if together {
							commits = [][]string{{"a", "b", "c", "d"}}
						}
						for n, step := range steps {
							for _, owners := range commits {
								storesOf(t, db, store)[how](func(s ledger.Store) {
									keep(t, s, owners, func(draft *ledger.Draft) {
										for _, o := range owners {
											step[o].set(draft, o)
											if req, op := earn(o, fmt.Sprint("k", n), 1); earning {
												must(t)(draft.Post(req, op))
											} else {
												draft.SetDocsDue(o, now)
											}
										}
									})
								})
							}
							checkDocuments(t, db, store, prefix, step)
						}
					})
				}
			}
		}
	})
}

func checkDocuments(t *testing.T, db *sql.DB, store ledger.Store, prefix string, want map[string]documents) {
	t.Helper()
	for owner, docs := range want {
		snap, err := store.Load(t.Context(), []string{owner}, nil)
		if err != nil {
			t.Fatal(err)
		}
		got := documents{}
		for name, doc := range snap.Record(owner).Docs {
			got[name] = string(doc)
		}
		if diff := cmp.Diff(docs, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("documents of %s (-want +got):\n%s", owner, diff)
		}
		var column sql.NullString
		if err := db.QueryRow("SELECT docs FROM " + prefix + "records WHERE owner = '" + owner + "'").Scan(&column); err != nil {
			t.Fatal(err)
		}
		if column.Valid != (len(docs) > 0) || column.Valid && !json.Valid([]byte(column.String)) {
			t.Errorf("the column of %s, who has %d documents, is %+v", owner, len(docs), column)
		}
	}
}

// TestRefusedDocument: one document that is no JSON, and nothing of the change is written.
func TestRefusedDocument(t *testing.T) {
	everyDatabase(t, func(t *testing.T, d database) {
		db, store := d.open(t)
		for how, with := range storesOf(t, db, store) {
			for _, doc := range []string{"", "gold", `{"a":1}}`, "\"\xff\xfe\""} {
				with(func(s ledger.Store) {
					snap, err := s.Load(t.Context(), []string{"a", "member 7"}, nil)
					if err != nil {
						t.Fatal(err)
					}
					draft := ledger.NewDraft(snap)
					for _, o := range []string{"a", "member 7"} {
						req, op := earn(o, "k", 1)
						must(t)(draft.Post(req, op))
						draft.SetDoc(o, "good", json.RawMessage(`1`))
					}
					draft.SetDoc("member 7", "tier", json.RawMessage(doc))
					err = s.Commit(t.Context(), draft.Change())
					if err == nil || errors.Is(err, ledger.ErrConflict) || !strings.Contains(err.Error(), `document "tier" of "member 7"`) {
						t.Errorf("%s: %q: got %v", how, doc, err)
					}
				})
				snap, err := store.Load(t.Context(), []string{"a", "member 7"}, []ledger.Key{{Owner: "a", ID: "k"}})
				if err != nil {
					t.Fatal(err)
				}
				if len(snap.Transactions) > 0 || snap.Record("a").Version > 0 || snap.Record("member 7").Version > 0 {
					t.Errorf("%s: %q: something was written: %+v", how, doc, snap)
				}
			}
		}
	})
}

// TestDocumentsInPlainSQL asks for a member of a document by the database's own functions.
func TestDocumentsInPlainSQL(t *testing.T) {
	everyDatabase(t, func(t *testing.T, d database) {
		db := d.connect(t, d.dsn(t))
		store, prefix := d.migratePrefix(t, db)
		keep(t, store, []string{"ann", "bob", "cid"}, func(draft *ledger.Draft) {
			draft.SetDoc("ann", "member", json.RawMessage(`{"tier": "gold"}`))
			draft.SetDoc("bob", "member", json.RawMessage(`{"tier":"blue"}`))
			draft.SetDocsDue("cid", now) // has none
		})
		condition := map[string]string{
			"sqlite": "docs->'member'->>'tier'",
			"pgx":    "docs::json->'member'->>'tier'",
			"mysql":  "JSON_UNQUOTE(JSON_EXTRACT(docs, '$.member.tier'))",
		}[d.driver]
		var owner string
		if err := db.QueryRow("SELECT owner FROM " + prefix + "records WHERE " + condition + " = 'gold'").Scan(&owner); err != nil || owner != "ann" {
			t.Errorf("got %q, %v; want ann", owner, err)
		}
	})
}

// TestDocumentsStayWhereTheyAre: PostgreSQL keeps a long value apart, in rows of chunks. A commit that does not touch it writes
// none of them.
func TestDocumentsStayWhereTheyAre(t *testing.T) {
	db := postgres.connect(t, postgres.dsn(t))
	store, prefix := postgres.migratePrefix(t, db)
	var apart string
	if err := db.QueryRow("SELECT reltoastrelid::regclass FROM pg_class WHERE relname = $1", prefix+"records").Scan(&apart); err != nil {
		t.Fatal(err)
	}
	chunks := func() (n int, first string) {
		if err := db.QueryRow("SELECT count(*), COALESCE(min(chunk_id::text), '') FROM "+apart).Scan(&n, &first); err != nil {
			t.Fatal(err)
		}
		return n, first
	}
	random := make([]byte, 10_000)
	rand.NewChaCha8([32]byte{1}).Read(random)
	doc := json.RawMessage(fmt.Sprintf(`"%x"`, random))
	keep(t, store, []string{"a"}, func(draft *ledger.Draft) { draft.SetDoc("a", "long", doc) })
	n, first := chunks()
	if n == 0 {
		t.Fatal("the document is in the row itself, which proves nothing")
	}
	for how, change := range map[string]func(s ledger.Store){
		"a transaction": func(s ledger.Store) {
			keep(t, s, []string{"a"}, func(draft *ledger.Draft) {
				req, op := earn("a", fmt.Sprint("k", draft.Record("a").Version), 1)
				must(t)(draft.Post(req, op))
			})
		},
		"two owners": func(s ledger.Store) {
			keep(t, s, []string{"a", "b"}, func(draft *ledger.Draft) {
				for _, o := range []string{"a", "b"} {
					req, op := earn(o, fmt.Sprint("k", draft.Record(o).Version), 1)
					must(t)(draft.Post(req, op))
				}
			})
		},
		"no transaction": func(s ledger.Store) {
			keep(t, s, []string{"a"}, func(draft *ledger.Draft) { draft.SetDocsDue("a", now.AddDate(0, 0, int(draft.Record("a").Version))) })
		},
	} {
		for where, with := range storesOf(t, db, store) {
			with(change)
			if n2, first2 := chunks(); n2 != n || first2 != first {
				t.Errorf("%s, %s: %d chunks of %s, want %d of %s", how, where, n2, first2, n, first)
			}
		}
	}
	keep(t, store, []string{"a"}, func(draft *ledger.Draft) { draft.SetDoc("a", "short", json.RawMessage("1")) })
	if _, first2 := chunks(); first2 == first {
		t.Error("a changed document has left the chunks as they were: they prove nothing")
	}
}
