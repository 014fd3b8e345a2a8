// Package drivertest tries ledger/sqlstore on real databases: SQLite, PostgreSQL
// and MariaDB. It has tests alone, and is a module of its own, so that the
// database drivers stay out of what a host builds.
package drivertest
