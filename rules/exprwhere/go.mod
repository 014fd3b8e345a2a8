module github.com/loyaltykit/loyalty/rules/exprwhere

go 1.26.0

replace github.com/loyaltykit/loyalty => ../..

require (
	github.com/expr-lang/expr v1.17.8
	github.com/loyaltykit/loyalty v0.0.0
	github.com/shopspring/decimal v1.6.0
)
