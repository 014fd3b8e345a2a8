//go:build !unix

package benchmarks

import "time"

var began = time.Now()

// cpuTime returns the time that has passed: here there is nothing better.
func cpuTime() time.Duration { return time.Since(began) }
