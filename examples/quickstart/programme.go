package main

import (
	"bytes"
	_ "embed"
	"time"
	_ "time/tzdata" // so that it runs on a machine without time zones

	"github.com/loyaltykit/loyalty"
	"github.com/loyaltykit/loyalty/calendar"
	"github.com/loyaltykit/loyalty/rules"
	"github.com/loyaltykit/loyalty/tier"
	"github.com/shopspring/decimal"
)

// zoneName is where the shop is: its file has local times.
const zoneName = "Europe/London"

const unit = "points"

// rulesFile is what a marketer would edit.
//
//go:embed rules.json
var rulesFile []byte

// programme is the whole of the shop's loyalty programme.
func programme() (loyalty.Definition, error) {
	earning, err := rules.Decode(bytes.NewReader(rulesFile))
	if err != nil {
		return loyalty.Definition{}, err
	}
	return loyalty.Definition{
		Name:       "Gift shop",
		Zone:       zoneName,
		Unit:       unit,
		PointValue: decimal.RequireFromString("0.01"),
		Rules:      earning,
		Tiers: tier.Definition{
			Period: calendar.Year,
			Tiers: []tier.Tier{
				{ID: "member", Name: "Member"},
				{ID: "silver", Name: "Silver", Threshold: 500, Multiplier: decimal.RequireFromString("1.2")},
				{ID: "gold", Name: "Gold", Threshold: 2_000, Multiplier: decimal.RequireFromString("1.5")},
				{ID: "platinum", Name: "Platinum", Threshold: 5_000, Multiplier: decimal.NewFromInt(2)},
				{ID: "diamond", Name: "Diamond", Threshold: 10_000, Multiplier: decimal.NewFromInt(3)},
			},
		},
		Validity: calendar.Validity{Months: 12, EndOf: calendar.Month},
	}, nil
}

// monthOf is a calendar month in the shop's zone.
type monthOf struct {
	year  int
	month time.Month
}

// month needs no zone: the file's times are in the shop's already.
func month(t time.Time) monthOf { return monthOf{t.Year(), t.Month()} }
