// Command quickstart takes a year of real orders through a loyalty programme, and
// tells what became of the points.
//
//	go run ./examples/quickstart
//
// It is written as a host would use the library: events in, results out, a sweep a
// day, the books in a database. At the end it proves the books; if they do not balance
// it says where and exits with 1.
package main

import (
	"context"
	"os"
	"os/signal"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	status := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}
