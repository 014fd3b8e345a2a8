module github.com/loyaltykit/loyalty/examples

go 1.26

require (
	github.com/google/go-cmp v0.7.0
	github.com/loyaltykit/loyalty v0.0.0
	github.com/shopspring/decimal v1.6.0
)

replace github.com/loyaltykit/loyalty => ../
