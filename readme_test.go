package loyalty_test

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestReadmeProgram keeps the program that the README opens with, and what it prints, the same
// as the Example that is compiled and run.
func TestReadmeProgram(t *testing.T) {
	readme, example := slurp(t, "README.md"), slurp(t, "example_test.go")
	body, output, _ := strings.Cut(between(t, example, "func Example() {\n", "\n}\n"), "\t// Output:\n")
	program := between(t, readme, "```go\n", "```\n")
	if diff := cmp.Diff(strings.TrimRight(body, "\n"), between(t, program, "func main() {\n", "\n}\n")); diff != "" {
		t.Errorf("README's program (-example +README):\n%s", diff)
	}
	var lines []string
	for line := range strings.Lines(output + "\n") {
		lines = append(lines, strings.TrimPrefix(strings.TrimSpace(line), "// "))
	}
	if want := strings.TrimSpace(strings.Join(lines, "\n")); !strings.Contains(readme, "```\n"+want+"\n```") {
		t.Errorf("README does not show what the program prints:\n%s", want)
	}
	for imported := range strings.SplitSeq(strings.TrimSpace(between(t, program, "import (\n", ")")), "\n") {
		if imported = strings.TrimSpace(imported); imported != "" && !strings.Contains(example, imported) {
			t.Errorf("README imports %s, the example does not", imported)
		}
	}
}

func slurp(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func between(t *testing.T, s, from, to string) string {
	t.Helper()
	_, rest, ok := strings.Cut(s, from)
	got, _, ok2 := strings.Cut(rest, to)
	if !ok || !ok2 {
		t.Fatalf("nothing between %q and %q", from, to)
	}
	return got
}
