package main

import "strings"

// services are the stock codes that are no goods: postage, carriage, fees, manual
// entries, discounts, samples. They earn nothing.
var services = map[string]bool{
	"AMAZONFEE": true, "B": true, "BANK CHARGES": true, "C2": true, "CRUK": true, "D": true,
	"DOT": true, "M": true, "m": true, "POST": true, "S": true,
}

const (
	servicesCategory = "services"
	vouchers         = "gift_" // what the stock codes of gift vouchers begin with
)

// categories are tried in order: the first that has a word of the description is
// the article's.
var categories = []struct {
	name  string
	words []string
}{
	{"bags", []string{"BAG", "BAGS"}},
	{"christmas", []string{"CHRISTMAS", "XMAS", "ADVENT"}},
	{"lights", []string{"LIGHT", "LIGHTS", "LANTERN", "CANDLE", "CANDLES"}},
	{"kitchen", []string{"CAKE", "TEA", "MUG", "CUP", "BOWL", "PLATE", "BOTTLE", "LUNCH", "PANTRY", "KITCHEN"}},
	{"stationery", []string{"CARD", "CARDS", "WRAP", "PAPER", "NOTEBOOK", "PENCILS", "STICKERS"}},
}

// category puts an article into a group of goods, for the file has none: by its
// stock code when it is a service, else by the words of its description.
func category(code, description string) string {
	if services[code] || strings.HasPrefix(code, vouchers) {
		return servicesCategory
	}
	has := map[string]bool{}
	for _, w := range strings.FieldsFunc(strings.ToUpper(description), func(r rune) bool { return r < 'A' || r > 'Z' }) {
		has[w] = true
	}
	for _, c := range categories {
		for _, w := range c.words {
			if has[w] {
				return c.name
			}
		}
	}
	return "other"
}
