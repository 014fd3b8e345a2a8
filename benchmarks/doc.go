/*
Package benchmarks compares the library with what a program would use in its place.
It is a module of its own, outside the workspace, so that nobody who builds or tests
the library fetches what it is compared with. It is run by hand:

	cd benchmarks
	GOWORK=off go test -run '^$' -bench Rules -benchtime 1x -timeout 1h

and prints the tables of rules/README.md.
*/
package benchmarks
