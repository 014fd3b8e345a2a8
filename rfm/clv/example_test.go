package clv_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"slices"
	"strings"

	"github.com/loyaltykit/loyalty/rfm/clv"
)

// A shop's customers are fitted once; then each has a probability to be active,
// an expected number of orders and a value.
func Example() {
	customers, _, err := readCDNOW() // 2,357 of them
	if err != nil {
		log.Fatal(err)
	}
	fit, err := clv.Fit(customers, clv.Options{Unit: clv.Week})
	if err != nil {
		log.Fatal(err)
	}
	spend, err := clv.FitSpend(customers, clv.Options{})
	if err != nil {
		log.Fatal(err)
	}
	m := fit.Model
	year := clv.Terms{Periods: 12, Period: clv.Month, Rate: 0.01, Margin: 0.3}
	for _, c := range []clv.Customer{
		{Frequency: 6, Recency: 36, T: 38, Spend: 30}, // a regular
		{Frequency: 6, Recency: 15, T: 38, Spend: 30}, // a regular once
		{Frequency: 0, Recency: 0, T: 38},             // bought once, long ago
	} {
		active, err := m.PAlive(c)
		if err != nil {
			log.Fatal(err)
		}
		orders, err := m.Purchases(c, 52)
		if err != nil {
			log.Fatal(err)
		}
		amount, err := spend.Model.Spend(c)
		if err != nil {
			log.Fatal(err)
		}
		value, err := m.CLV(c, amount, year)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("active %.2f, %.1f orders of %.0f in a year: worth %.1f\n", active, orders, amount, value)
	}
	// Output:
	// active 0.86, 4.9 orders of 30 in a year: worth 41.9
	// active 0.07, 0.4 orders of 30 in a year: worth 3.2
	// active 0.39, 0.2 orders of 35 in a year: worth 2.0
}

// The log of one customer's purchases, in days, ends with day 300; the model is
// to be checked on the days up to 400.
func ExampleSplit() {
	h, err := clv.Split([]clv.Purchase{
		{At: 20, Amount: 50}, {At: 95, Amount: 12}, {At: 95, Amount: 18}, {At: 260, Amount: 40}, {At: 333, Amount: 25},
	}, 300, 400)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%+v\n", h.Customer)
	fmt.Println("then", h.Purchases, "in", h.Length)
	// Output:
	// {Frequency:2 Recency:240 T:280 Spend:35}
	// then 1 in 100
}

// Dormancy: BG/NBD holds every one-time buyer to be active, the default does not.
func ExampleKind() {
	once := clv.Customer{T: 38.86}
	for _, m := range []clv.Model{
		{Kind: clv.BGNBD, R: 0.243, Alpha: 4.414, A: 0.793, B: 2.426},
		{Kind: clv.MBGNBD, R: 0.525, Alpha: 6.183, A: 0.891, B: 1.614},
		{Kind: clv.ParetoNBD, R: 0.553, Alpha: 10.578, S: 0.606, Beta: 11.669},
	} {
		p, err := m.PAlive(once)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%v: %.3f\n", m.Kind, p)
	}
	// Output:
	// bg/nbd: 1.000
	// mbg/nbd: 0.390
	// pareto/nbd: 0.295
}

// A model is kept as JSON from one fit to the next.
func ExampleModel() {
	text, err := json.Marshal(clv.Model{Kind: clv.ParetoNBD, Unit: clv.Week, R: 0.553, Alpha: 10.578, S: 0.606, Beta: 11.669})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(text))
	// Output:
	// {"kind":"pareto/nbd","unitDays":7,"r":0.553,"alpha":10.578,"s":0.606,"beta":11.669}
}

// Silence alarms on a customer's own rhythm.
func ExampleModel_Silence() {
	m := clv.Model{R: 0.525, Alpha: 6.183, A: 0.891, B: 1.614}
	for _, c := range []clv.Customer{
		{Frequency: 25, Recency: 30, T: 38}, // bought most weeks, then eight silent ones
		{Frequency: 2, Recency: 30, T: 38},  // never bought often
	} {
		p, err := m.Silence(c)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%.3f alarm: %v\n", p, p < 0.05)
	}
	// Output:
	// 0.006 alarm: true
	// 0.604 alarm: false
}

// When the next purchase is due: an even bet, and a time after which silence
// would surprise. Who bought once long ago may never buy again.
func ExampleModel_NextPurchase() {
	m := clv.Model{R: 0.525, Alpha: 6.183, A: 0.891, B: 1.614}
	weekly := clv.Customer{Frequency: 25, Recency: 37.5, T: 38}
	for _, p := range []float64{0.5, 0.9} {
		t, err := m.NextPurchase(weekly, p)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%.0f %% within %.1f weeks\n", 100*p, t)
	}
	once := clv.Customer{T: 38}
	_, err := m.NextPurchase(once, 0.5)
	fmt.Println(errors.Is(err, clv.ErrNever))
	// Output:
	// 50 % within 1.3 weeks
	// 90 % within 5.2 weeks
	// true
}

// What 15 % a year is worth in weeks, and all future purchases at that rate.
func ExampleModel_DERT() {
	m := clv.Model{Kind: clv.ParetoNBD, Unit: clv.Week, R: 0.553, Alpha: 10.578, S: 0.606, Beta: 11.669}
	rate, err := m.Unit.ContinuousRate(0.15, clv.Year)
	if err != nil {
		log.Fatal(err)
	}
	dert, err := m.DERT(clv.Customer{Frequency: 7, Recency: 35, T: 38}, rate)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.5f a week: %.1f purchases\n", rate, dert)
	// Output:
	// 0.00268 a week: 21.4 purchases
}

// Standard errors of parameters, and of anything computed from them.
func ExampleFitted() {
	customers, _, err := readCDNOW()
	if err != nil {
		log.Fatal(err)
	}
	fit, err := clv.Fit(customers, clv.Options{Kind: clv.BGNBD, Unit: clv.Week})
	if err != nil {
		log.Fatal(err)
	}
	for _, p := range fit.Params {
		fmt.Printf("%-5s %.2f ± %.2f\n", p.Name, p.Value, p.StdErr)
	}
	orders := func(m clv.Model) (float64, error) { return m.NewCustomer(52) }
	mean, err := orders(fit.Model)
	if err != nil {
		log.Fatal(err)
	}
	se, err := fit.StdErr(orders)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("a new customer comes back %.2f ± %.2f times in a year\n", mean, se)
	// Output:
	// r     0.24 ± 0.01
	// alpha 4.41 ± 0.38
	// a     0.79 ± 0.19
	// b     2.43 ± 0.71
	// a new customer comes back 1.44 ± 0.07 times in a year
}

// In these data every customer bought three times and nobody was silent for
// long: nothing says how customers leave, and Fit says so.
func ExampleFitError() {
	var customers []clv.Customer
	for i := range 100 {
		customers = append(customers, clv.Customer{Frequency: 3, Recency: 30, T: 30 + float64(i%10)})
	}
	_, err := clv.Fit(customers, clv.Options{})
	var failed *clv.FitError
	if errors.As(err, &failed) && errors.Is(err, clv.ErrNotIdentified) {
		fmt.Println(slices.Contains(failed.Report.Unidentified, "a"))
		fmt.Println(failed.Report.Reason)
	}
	// Output:
	// true
	// the likelihood is all but flat along them; nobody seems to leave in these data, so how customers leave cannot be told
}

// Amounts of few purchases say little of a customer, amounts of many say much.
func ExampleGammaGamma() {
	g := clv.GammaGamma{P: 6.25, Q: 3.74, V: 15.44}
	mean, err := g.Mean()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("all: %.1f\n", mean)
	for _, n := range []float64{1, 10, 100} {
		amount, err := g.Spend(clv.Customer{Frequency: n, Recency: 30, T: 38, Spend: 90})
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("90 on each of %v: %.1f\n", n, amount)
	}
	// Output:
	// all: 35.2
	// 90 on each of 1: 73.3
	// 90 on each of 10: 87.7
	// 90 on each of 100: 89.8
}

// A model fitted on 39 weeks is held to the 39 weeks after.
func ExampleCheck() {
	customers, held, err := readCDNOW()
	if err != nil {
		log.Fatal(err)
	}
	fit, err := clv.Fit(customers, clv.Options{Kind: clv.ParetoNBD})
	if err != nil {
		log.Fatal(err)
	}
	check, err := fit.Model.Check(held)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.0f purchases, %.0f predicted\n", check.Actual, check.Predicted)
	for _, b := range check.Bins {
		fmt.Printf("%2s: %4d customers, %.1f each, %.1f predicted\n", b.Label, b.Customers, b.Actual, b.Predicted)
	}
	fmt.Println(strings.HasPrefix(check.SVG(), "<svg "))
	// Output:
	// 1882 purchases, 1666 predicted
	//  0: 1411 customers, 0.2 each, 0.1 predicted
	//  1:  439 customers, 0.7 each, 0.6 predicted
	//  2:  214 customers, 1.4 each, 1.2 predicted
	//  3:  100 customers, 1.6 each, 1.7 predicted
	//  4:   62 customers, 2.5 each, 2.4 predicted
	//  5:   38 customers, 2.9 each, 2.9 predicted
	//  6:   29 customers, 3.9 each, 3.8 predicted
	// 7+:   64 customers, 6.4 each, 6.4 predicted
	// true
}
