package rules

import "time"

// Set is a compiled rule set. It never changes and is safe for concurrent use:
// to change the rules, compile another and swap the pointer.
type Set struct {
	def  Definition
	zone *time.Location
}

// Options says how to evaluate. The zero Options is fine.
type Options struct {
	Trace bool // say what became of every rule of the event's type; costs time
}
