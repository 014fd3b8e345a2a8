package loyalty_test

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const (
	root       = "github.com/loyaltykit/loyalty"
	examples   = root + "/examples"
	drivertest = root + "/ledger/sqlstore/drivertest"
	exprwhere  = root + "/rules/exprwhere"
)

// productDeps are the third-party packages that product code may reach.
var productDeps = []string{
	"github.com/shopspring/decimal",
}

// drivers are imported by drivertest and the examples alone, not even by a test
// elsewhere: nobody who builds or tests the library has to fetch one.
var drivers = []string{
	"github.com/go-sql-driver/mysql",
	"github.com/jackc/pgx/v5",
	"modernc.org/sqlite",
}

// testDeps are reached only by _test files and by packages named …test.
var testDeps = []string{
	"testing",
	"github.com/google/go-cmp/cmp",
	"pgregory.net/rapid",
}

// goPackage is what `go list -json` says of one package.
type goPackage struct {
	ImportPath   string
	Standard     bool
	Imports      []string
	TestImports  []string
	XTestImports []string
}

// TestImportLaw holds every package of the workspace to the import law of
// ARCHITECTURE.md.
//
// The go command is run beside the test, so a cached result of this test may be
// stale: use -count=1 after changing imports.
func TestImportLaw(t *testing.T) {
	if _, err := os.Stat("examples/go.mod"); errors.Is(err, os.ErrNotExist) {
		t.Skip("needs the whole repository")
	}
	pkgs := listWorkspace(t)
	if len(pkgs) == 0 {
		t.Fatal("go list found no package")
	}
	for _, v := range violations(pkgs) {
		t.Error(v)
	}
}

// listWorkspace returns all packages of the workspace and all they depend on.
func listWorkspace(t *testing.T) []goPackage {
	t.Helper()
	cmd := exec.Command("go", "list", "-deps",
		"-json=ImportPath,Standard,Imports,TestImports,XTestImports", "work")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	var pkgs []goPackage
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return pkgs
		} else if err != nil {
			t.Fatal(err)
		}
		pkgs = append(pkgs, p)
	}
}

// violations returns every breach of the import law among pkgs, which must
// include the dependencies. A breach is told of the package of ours it begins
// in, not of those above it.
func violations(pkgs []goPackage) []string {
	all := make(map[string]goPackage, len(pkgs))
	for _, p := range pkgs {
		all[p.ImportPath] = p
	}
	var found []string
	for _, p := range pkgs {
		if !ours(p.ImportPath) {
			continue
		}
		for _, q := range distinct(p.Imports, p.TestImports, p.XTestImports) {
			if law := cmp.Or(betweenOurs(p.ImportPath, q), ofDrivers(p.ImportPath, q)); law != "" {
				found = append(found, fmt.Sprintf("%s imports %s: %s", p.ImportPath, q, law))
			}
		}
		if isTestKit(p.ImportPath) {
			continue
		}
		seen := make(map[string]bool)
		var walk func(imports []string)
		walk = func(imports []string) {
			for _, q := range imports {
				if seen[q] {
					continue
				}
				seen[q] = true
				if law := fromProduct(p.ImportPath, q, q == "C" || all[q].Standard); law != "" {
					found = append(found, fmt.Sprintf("%s reaches %s: %s", p.ImportPath, q, law))
				} else if !ours(q) {
					walk(all[q].Imports)
				}
			}
		}
		walk(p.Imports)
	}
	return found
}

func distinct(lists ...[]string) []string {
	all := slices.Concat(lists...)
	slices.Sort(all)
	return slices.Compact(all)
}

// fromProduct returns the law that forbids product package p to reach q, or ""
// if there is none.
func fromProduct(p, q string, standard bool) string {
	switch {
	case isTestDep(q), ours(q) && isTestKit(q):
		return "only _test files and packages named …test may reach it"
	case standard, ours(q), inside(p, examples), slices.Contains(productDeps, q):
		return ""
	case inside(p, exprwhere) && inside(q, "github.com/expr-lang/expr"):
		return "" // a module of its own, for this alone
	default:
		return "product code may reach only the standard library and " + strings.Join(productDeps, ", ")
	}
}

// betweenOurs returns the law that forbids package p, or its tests, to import q,
// or "" if there is none.
func betweenOurs(p, q string) string {
	switch {
	case !ours(q) || inside(p, examples):
		return ""
	case inside(q, examples):
		return "nothing imports the examples"
	case inside(q, drivertest) && !inside(p, drivertest):
		return "nothing imports drivertest"
	case inside(q, exprwhere) && !inside(p, exprwhere):
		return "only a host imports exprwhere"
	case q == root && p != root:
		return "only examples import the root"
	case area(p) == "internal":
		return "what all may import imports none of ours"
	case p == root || area(p) == area(q) || area(q) == "calendar" || area(q) == "internal":
		return ""
	case inside(p, drivertest) && q == root+"/rfm":
		return "" // its queries are tried on real databases
	default:
		return "a package may import calendar, internal and its own folder, nothing else of ours"
	}
}

// ofDrivers returns the law that forbids package p, or its tests, to import q, or
// "" if there is none.
func ofDrivers(p, q string) string {
	isDriver := slices.ContainsFunc(drivers, func(d string) bool { return inside(q, d) })
	if !isDriver || inside(p, drivertest) || inside(p, examples) {
		return ""
	}
	return "only drivertest and the examples import a database driver"
}

func ours(path string) bool { return inside(path, root) }

func inside(path, folder string) bool {
	return path == folder || strings.HasPrefix(path, folder+"/")
}

// area is the first folder of one of our packages: "ledger" for ledger/memory.
func area(path string) string {
	first, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(path, root), "/"), "/")
	return first
}

func isTestKit(path string) bool { return strings.HasSuffix(path, "test") || inside(path, drivertest) }

func isTestDep(path string) bool {
	return slices.ContainsFunc(testDeps, func(dep string) bool { return inside(path, dep) })
}

// TestImportLawIsEnforced plants one breach at a time.
func TestImportLawIsEnforced(t *testing.T) {
	const (
		decimal = "github.com/shopspring/decimal"
		goCmp   = "github.com/google/go-cmp/cmp"
		pgx     = "github.com/jackc/pgx/v5/stdlib"
		sqlite  = "modernc.org/sqlite"
	)
	pkg := func(path string, imports ...string) goPackage {
		if path != "" {
			path = "/" + path
		}
		return goPackage{ImportPath: root + path, Imports: imports}
	}
	tests := []struct {
		name string
		pkg  goPackage
		ok   bool
	}{
		{"standard library and decimal", pkg("ledger", "time", decimal), true},
		{"calendar", pkg("rules", root+"/calendar"), true},
		{"internal", pkg("rfm", root+"/internal/wording"), true},
		{"own folder", pkg("ledger/memory", root+"/ledger"), true},
		{"test kit", pkg("ledger/ledgertest", root+"/ledger", "testing", goCmp), true},
		{"root over all", pkg("", root+"/ledger", root+"/rules", root+"/tier"), true},
		{"example over the root", pkg("examples/quickstart", root, root+"/ledger/memory"), true},
		{"example with a driver", pkg("examples/shop", "example.org/driver"), true},
		{"example with one of the drivers", pkg("examples/quickstart", root+"/ledger/sqlstore", sqlite), true},
		{"driver in drivertest", pkg("ledger/sqlstore/drivertest/server", "testing", "net/url", pgx), true},
		{"driver in a test of drivertest", goPackage{ImportPath: drivertest, XTestImports: []string{sqlite, root + "/ledger/sqlstore", drivertest + "/server"}}, true},
		{"rfm in a test of drivertest", goPackage{ImportPath: drivertest, XTestImports: []string{root + "/rfm", root + "/calendar"}}, true},
		{"exprwhere with its language", pkg("rules/exprwhere", root+"/rules", "github.com/expr-lang/expr/ast"), true},
		{"exprwhere in an example", pkg("examples/shop", root+"/rules/exprwhere"), true},
		{"tests with test libraries", goPackage{ImportPath: root + "/tier", TestImports: []string{"testing", goCmp}, XTestImports: []string{root + "/tier"}}, true},

		{"other dependency", pkg("ledger", "example.org/uuid"), false},
		{"other dependency in the root", pkg("", "example.org/uuid"), false},
		{"sibling", pkg("ledger", root+"/rules"), false},
		{"sibling's subfolder", pkg("tier", root+"/ledger/memory"), false},
		{"sibling in a test", goPackage{ImportPath: root + "/tier", XTestImports: []string{root + "/ledger"}}, false},
		{"internal upwards", pkg("internal/wording", root+"/calendar"), false},
		{"calendar upwards", pkg("calendar", root+"/ledger"), false},
		{"root from below", pkg("rules", root), false},
		{"root in a test below", goPackage{ImportPath: root + "/rules", XTestImports: []string{root}}, false},
		{"root from a test kit", pkg("ledger/ledgertest", root), false},
		{"example from the root", pkg("", examples+"/quickstart"), false},
		{"testing in a product package", pkg("ledger", "testing"), false},
		{"testing/quick in a product package", pkg("ledger", "testing/quick"), false},
		{"go-cmp in the root", pkg("", goCmp), false},
		{"rapid in an example", pkg("examples/quickstart", "pgregory.net/rapid"), false},
		{"testing behind the standard library", pkg("ledger", "net/teststub"), false},
		{"testing behind another package", pkg("examples/shop", "example.org/assert"), false},
		{"driver in the store", pkg("ledger/sqlstore", pgx), false},
		{"driver in a test of the store", goPackage{ImportPath: root + "/ledger/sqlstore", XTestImports: []string{sqlite}}, false},
		{"driver in a test kit", pkg("ledger/ledgertest", sqlite), false},
		{"drivertest in a test of the store", goPackage{ImportPath: root + "/ledger/sqlstore", XTestImports: []string{drivertest + "/server"}}, false},
		{"drivertest in an example", pkg("examples/shop", drivertest+"/server"), false},
		{"another sibling in drivertest", goPackage{ImportPath: drivertest, XTestImports: []string{root + "/rules"}}, false},
		{"rfm in the store", pkg("ledger/sqlstore", root+"/rfm"), false},
		{"root in drivertest", goPackage{ImportPath: drivertest, XTestImports: []string{root}}, false},
		{"exprwhere in the rules", pkg("rules", root+"/rules/exprwhere"), false},
		{"exprwhere in the root", pkg("", root+"/rules/exprwhere"), false},
		{"its language in the rules", pkg("rules", "github.com/expr-lang/expr"), false},
		{"another dependency in exprwhere", pkg("rules/exprwhere", "example.org/uuid"), false},
		{"test kit in a product package", pkg("ledger/memory", root+"/ledger/ledgertest"), false},
	}
	others := []goPackage{
		{ImportPath: "time", Standard: true},
		{ImportPath: "testing", Standard: true},
		{ImportPath: "net/teststub", Standard: true, Imports: []string{"testing"}},
		{ImportPath: "example.org/assert", Imports: []string{"testing"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			found := violations(append(slices.Clone(others), tt.pkg))
			if (len(found) == 0) != tt.ok {
				t.Errorf("violations = %q, want none: %v", found, tt.ok)
			}
		})
	}
}
