// Command draw makes the quickstart's sample out of the full Online Retail
// data set. It keeps every row of a fixed number of customers, so that each
// customer's history is whole, cancellations included.
//
//	go run ./examples/quickstart/internal/draw -in FULL.csv.gz -out SAMPLE.csv.gz
//
// The customers kept are the first n in the order of the SHA-256 of their id.
// A hash owes nothing to what a customer bought, so the sample favours nobody,
// and there is no seed to remember: the same input gives the same rows.
package main

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"crypto/sha256"
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// header is the column list of both files.
var header = []string{
	"invoice", "stock_code", "description", "quantity",
	"invoice_ts", "unit_price", "customer_id", "country",
}

// Columns the draw looks at.
const (
	colInvoice   = 0
	colTimestamp = 4
	colCustomer  = 6
)

func main() {
	in := flag.String("in", "", "the full data set, CSV in gzip")
	out := flag.String("out", "", "the sample to write, CSV in gzip")
	customers := flag.Int("customers", 800, "how many customers to keep")
	flag.Parse()
	if err := run(*in, *out, *customers); err != nil {
		fmt.Fprintln(os.Stderr, "draw:", err)
		os.Exit(1)
	}
}

func run(in, out string, customers int) error {
	if in == "" || out == "" {
		return errors.New("both -in and -out are needed")
	}
	rows, err := readFile(in)
	if err != nil {
		return fmt.Errorf("reading %s: %w", in, err)
	}
	sample, err := draw(rows, customers)
	if err != nil {
		return err
	}
	plain, packed, err := encode(sample)
	if err != nil {
		return err
	}
	if err := os.WriteFile(out, packed, 0o644); err != nil {
		return err
	}
	fmt.Println(summarize(sample))
	fmt.Printf("CSV      %d bytes, SHA-256 %x\n", len(plain), sha256.Sum256(plain))
	fmt.Printf("gzip     %d bytes\n", len(packed))
	return nil
}

// readFile returns the rows of a gzipped CSV file, without its header.
func readFile(name string) ([][]string, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	return read(z)
}

func read(r io.Reader) ([][]string, error) {
	c := csv.NewReader(r)
	c.FieldsPerRecord = len(header)
	first, err := c.Read()
	if err != nil {
		return nil, err
	}
	if !slices.Equal(first, header) {
		return nil, fmt.Errorf("columns are %q, want %q", first, header)
	}
	return c.ReadAll()
}

// draw returns the rows of the first n customers in hash order, in the order
// of the source. Rows that name no customer are left out.
func draw(rows [][]string, n int) ([][]string, error) {
	type customer struct {
		id   string
		hash [sha256.Size]byte
	}
	var customers []customer
	seen := map[string]bool{"": true}
	for _, row := range rows {
		if id := row[colCustomer]; !seen[id] {
			seen[id] = true
			customers = append(customers, customer{id, sha256.Sum256([]byte(id))})
		}
	}
	if n < 1 || n > len(customers) {
		return nil, fmt.Errorf("cannot keep %d of %d customers", n, len(customers))
	}
	slices.SortFunc(customers, func(a, b customer) int {
		return cmp.Or(bytes.Compare(a.hash[:], b.hash[:]), strings.Compare(a.id, b.id))
	})
	keep := make(map[string]bool, n)
	for _, c := range customers[:n] {
		keep[c.id] = true
	}
	return slices.DeleteFunc(slices.Clone(rows), func(row []string) bool {
		return !keep[row[colCustomer]]
	}), nil
}

// encode returns the rows under their header as CSV and as gzipped CSV. The
// gzip header carries no name and no time, so equal rows give equal bytes from
// one version of Go.
func encode(rows [][]string) (plain, packed []byte, err error) {
	var text bytes.Buffer
	w := csv.NewWriter(&text)
	if err := w.Write(header); err != nil {
		return nil, nil, err
	}
	if err := w.WriteAll(rows); err != nil {
		return nil, nil, err
	}
	var zipped bytes.Buffer
	z, err := gzip.NewWriterLevel(&zipped, gzip.BestCompression)
	if err != nil {
		return nil, nil, err
	}
	if _, err := z.Write(text.Bytes()); err != nil {
		return nil, nil, err
	}
	if err := z.Close(); err != nil {
		return nil, nil, err
	}
	return text.Bytes(), zipped.Bytes(), nil
}

// summary counts what the sample's README states.
type summary struct {
	rows, cancellationRows         int
	customers                      int
	invoices, cancellationInvoices int
	first, last                    string
}

func summarize(rows [][]string) summary {
	var s summary
	customers, invoices := map[string]bool{}, map[string]bool{}
	for _, row := range rows {
		cancellation := strings.HasPrefix(row[colInvoice], "C")
		s.rows++
		if cancellation {
			s.cancellationRows++
		}
		if !invoices[row[colInvoice]] {
			invoices[row[colInvoice]] = true
			if cancellation {
				s.cancellationInvoices++
			} else {
				s.invoices++
			}
		}
		customers[row[colCustomer]] = true
		if at := row[colTimestamp]; s.first == "" || at < s.first {
			s.first = at
		}
		s.last = max(s.last, row[colTimestamp])
	}
	s.customers = len(customers)
	return s
}

func (s summary) String() string {
	return fmt.Sprintf("%d rows (%d of them cancellations), %d customers, %d orders, %d cancellations, %s to %s",
		s.rows, s.cancellationRows, s.customers, s.invoices, s.cancellationInvoices, s.first, s.last)
}
