package clv_test

import (
	"encoding/csv"
	"os"
	"strconv"
	"testing"

	"github.com/loyaltykit/loyalty/rfm/clv"
)

// cdnow is the CDNOW sample of 2,357 customers of testdata/README.md, in weeks,
// each with the purchases of the 39 weeks that follow.
func cdnow(t testing.TB) (customers []clv.Customer, held []clv.Holdout) {
	t.Helper()
	customers, held, err := readCDNOW()
	if err != nil {
		t.Fatal(err)
	}
	if len(customers) != 2357 {
		t.Fatalf("%d customers", len(customers))
	}
	return customers, held
}

func readCDNOW() (customers []clv.Customer, held []clv.Holdout, err error) {
	rows, err := readNumbers("testdata/cdnow.csv", 6)
	for _, v := range rows {
		c := clv.Customer{Frequency: v[1], Recency: v[2], T: v[3], Spend: v[4]}
		customers = append(customers, c)
		held = append(held, clv.Holdout{Customer: c, Length: 39, Purchases: v[5]})
	}
	return customers, held, err
}

// retail is Online Retail of testdata/README.md, in days.
func retail(t testing.TB) (customers []clv.Customer) {
	t.Helper()
	rows, err := readNumbers("testdata/retail.csv", 4)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range rows {
		customers = append(customers, clv.Customer{Frequency: v[0], Recency: v[1], T: v[2], Spend: v[3]})
	}
	return customers
}

func readNumbers(name string, columns int) (rows [][]float64, err error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, err
	}
	for _, r := range records[1:] {
		v := make([]float64, columns)
		for i := range v {
			if v[i], err = strconv.ParseFloat(r[i], 64); err != nil {
				return nil, err
			}
		}
		rows = append(rows, v)
	}
	return rows, nil
}
