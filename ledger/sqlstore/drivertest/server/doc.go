// Package server starts database servers for tests: private ones, in a temporary
// directory, reached through a socket in it, and gone when the test process is.
//
// Every server keeps its promise of durability (fsync is on), since the
// benchmarks measure it and the crash tests rely on it. It is also set up unlike
// a developer's own where a host's may be: its clock is in another time zone than
// UTC and its collation is not that of bytes, so that a store that depends on
// either is found out.
//
// Where the server's programs are not installed the test is skipped; with
// LOYALTY_REQUIRE_SERVERS=1 it fails.
package server
