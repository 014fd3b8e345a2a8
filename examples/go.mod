module github.com/loyaltykit/loyalty/examples

go 1.26

require github.com/loyaltykit/loyalty v0.0.0

replace github.com/loyaltykit/loyalty => ../
