package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/loyaltykit/loyalty/ledger"
)

// Conflict tells whether an error of the database, from a statement or from
// COMMIT, means that the whole transaction should be done again: a
// serialization failure, a deadlock, a lock that was not had in time, a key
// that someone else took meanwhile. A host that commits a transaction with a bound store in it
// asks this of its own statements' and its COMMIT's errors; errors that the store itself returns
// are ledger.ErrConflict already.
//
// A connection lost at COMMIT is no conflict: its outcome is unknown.
func (d Dialect) Conflict(err error) bool {
	if errors.Is(err, ledger.ErrConflict) {
		return true
	}
	return slices.ContainsFunc(chain(nil, err), d.conflict)
}

func (d Dialect) conflict(err error) bool {
	switch d {
	case Postgres, Citus:
		state, ok := err.(interface{ SQLState() string }) // pgx and lib/pq
		if !ok {
			return false
		}
		switch state.SQLState() {
		case "40001", // serialization_failure
			"40P01", // deadlock_detected
			"55P03", // lock_not_available: lock_timeout, NOWAIT
			"23505": // unique_violation
			return true
		}
	case MySQL:
		number, ok := code(err, "Number") // go-sql-driver
		if !ok {
			return false
		}
		switch number {
		case 1213, // deadlock; on Galera also from COMMIT
			1205, // lock wait timeout
			1062, // duplicate entry
			1586, // duplicate entry, with the key's name
			1020, // MariaDB: the row has changed since the transaction's snapshot
			9007, // TiDB: write conflict, from COMMIT
			8022: // TiDB: the transaction must be retried, from COMMIT
			return true
		}
	case SQLite:
		for _, name := range []string{"Code", "ExtendedCode"} {
			number, ok := code(err, name)
			if !ok {
				continue
			}
			switch {
			case number&0xff == 5, // SQLITE_BUSY, and BUSY_SNAPSHOT with it
				number&0xff == 6, // SQLITE_LOCKED: a shared cache
				number == 1555,   // SQLITE_CONSTRAINT_PRIMARYKEY
				number == 2067:   // SQLITE_CONSTRAINT_UNIQUE
				return true
			}
		}
	}
	return false
}

// code reads a number that an error carries in a field, or gives by a method, of the name. Drivers are
// known by this alone: importing one would bring it into every host.
func code(err error, name string) (int64, bool) {
	v := reflect.ValueOf(err)
	if m := v.MethodByName(name); m.IsValid() {
		if t := m.Type(); t.NumIn() != 0 || t.NumOut() != 1 {
			return 0, false
		}
		if v.Kind() == reflect.Pointer && v.IsNil() {
			return 0, false
		}
		return integer(m.Call(nil)[0])
	}
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if v.Kind() != reflect.Struct {
		return 0, false
	}
	return integer(v.FieldByName(name))
}

func integer(v reflect.Value) (int64, bool) {
	switch {
	case !v.IsValid():
		return 0, false
	case v.CanInt():
		return v.Int(), true
	case v.CanUint():
		return int64(v.Uint()), true
	}
	return 0, false
}

// chain lists an error and all that it wraps.
func chain(all []error, err error) []error {
	if err == nil {
		return all
	}
	all = append(all, err)
	switch x := err.(type) {
	case interface{ Unwrap() error }:
		all = chain(all, x.Unwrap())
	case interface{ Unwrap() []error }:
		for _, e := range x.Unwrap() {
			all = chain(all, e)
		}
	}
	return all
}

// classify makes a conflict of the database an ErrConflict that wraps its cause, and
// sees to it that the end of a context is told as such. Anything else it leaves as it is.
func (s *Store) classify(ctx context.Context, err error) error {
	switch {
	case err == nil || errors.Is(err, ledger.ErrConflict):
		return err
	case ctx.Err() != nil && !errors.Is(err, ctx.Err()):
		return fmt.Errorf("%w: %w", ctx.Err(), err)
	case s.dialect.Conflict(err):
		return fmt.Errorf("%w: %w", ledger.ErrConflict, err)
	}
	return err
}

func conflict(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ledger.ErrConflict, fmt.Sprintf(format, args...))
}
