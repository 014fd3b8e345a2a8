// Package tier decides where a loyalty member stands on a ladder of tiers.
package tier
