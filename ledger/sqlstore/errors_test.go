package sqlstore

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/loyaltykit/loyalty/ledger"
)

// The shapes in which drivers give their codes.
type (
	pgError struct{ state string } // pgx, lib/pq

	mySQLError struct { // go-sql-driver/mysql
		Number   uint16
		SQLState [5]byte
		Message  string
	}

	modernError struct{ code int } // modernc.org/sqlite

	mattnCode     int
	mattnExtended int
	mattnError    struct { // mattn/go-sqlite3, a value
		Code         mattnCode
		ExtendedCode mattnExtended
	}

	ncrucesCode  uint8
	ncrucesError struct{ code int } // ncruces/go-sqlite3
)

func (e *pgError) Error() string    { return "pg " + e.state }
func (e *pgError) SQLState() string { return e.state }

func (e *mySQLError) Error() string { return fmt.Sprint("mysql ", e.Number) }

func (e *modernError) Error() string { return fmt.Sprint("sqlite ", e.code) }
func (e *modernError) Code() int     { return e.code }

func (e mattnError) Error() string { return fmt.Sprint("sqlite3 ", e.ExtendedCode) }

func (e *ncrucesError) Error() string        { return fmt.Sprint("sqlite3 ", e.code) }
func (e *ncrucesError) Code() ncrucesCode    { return ncrucesCode(e.code) }
func (e *ncrucesError) ExtendedCode() uint16 { return uint16(e.code) }

func TestConflict(t *testing.T) {
	tests := []struct {
		dialect Dialect
		err     error
		want    bool
	}{
		{Postgres, &pgError{"40001"}, true},
		{Postgres, &pgError{"40P01"}, true},
		{Postgres, &pgError{"55P03"}, true},
		{Postgres, &pgError{"23505"}, true},
		{Citus, &pgError{"40P01"}, true},
		{Postgres, fmt.Errorf("commit: %w", &pgError{"40001"}), true},
		{Postgres, errors.Join(io.EOF, fmt.Errorf("x: %w", &pgError{"40001"})), true},
		{Postgres, &pgError{"23503"}, false}, // foreign key: the host's
		{Postgres, &pgError{"42P01"}, false}, // no such table
		{Postgres, &pgError{"22012"}, false},
		{Postgres, &pgError{"57P01"}, false}, // the server goes down: outcome unknown
		{Postgres, &mySQLError{Number: 1213}, false},

		{MySQL, &mySQLError{Number: 1213}, true},
		{MySQL, &mySQLError{Number: 1205}, true},
		{MySQL, &mySQLError{Number: 1062}, true},
		{MySQL, &mySQLError{Number: 1586}, true},
		{MySQL, &mySQLError{Number: 1020}, true},
		{MySQL, &mySQLError{Number: 9007}, true},
		{MySQL, &mySQLError{Number: 8022}, true},
		{MySQL, fmt.Errorf("commit: %w", &mySQLError{Number: 9007}), true},
		{MySQL, &mySQLError{Number: 1146}, false},
		{MySQL, &mySQLError{Number: 8048}, false}, // SERIALIZABLE refused
		{MySQL, &pgError{"40001"}, false},

		{SQLite, &modernError{5}, true},
		{SQLite, &modernError{517}, true},  // BUSY_SNAPSHOT
		{SQLite, &modernError{261}, true},  // BUSY_RECOVERY
		{SQLite, &modernError{6}, true},    // LOCKED
		{SQLite, &modernError{1555}, true}, // primary key
		{SQLite, &modernError{2067}, true}, // unique
		{SQLite, &modernError{275}, false}, // CHECK
		{SQLite, &modernError{10}, false},  // I/O
		{SQLite, mattnError{5, 5}, true},
		{SQLite, mattnError{19, 1555}, true},
		{SQLite, mattnError{19, 275}, false},
		{SQLite, &ncrucesError{517}, true},
		{SQLite, &ncrucesError{2067}, true},
		{SQLite, &ncrucesError{13}, false},

		{SQLite, (*mySQLError)(nil), false},
		{MySQL, (*mySQLError)(nil), false},
		{Postgres, driver.ErrBadConn, false}, // lost at COMMIT: outcome unknown
		{MySQL, io.ErrUnexpectedEOF, false},
		{Postgres, context.DeadlineExceeded, false},
		{Postgres, ledger.ErrConflict, true},
		{Postgres, nil, false},
		{0, &pgError{"40001"}, false},
	}
	for _, tt := range tests {
		if got := tt.dialect.Conflict(tt.err); got != tt.want {
			t.Errorf("%v.Conflict(%T) = %v, want %v: %v", tt.dialect, tt.err, got, tt.want, tt.err)
		}
	}
}

func TestClassify(t *testing.T) {
	s := &Store{dialect: Postgres}
	cause := &pgError{"40P01"}
	err := s.classify(t.Context(), cause)
	if !errors.Is(err, ledger.ErrConflict) || !errors.Is(err, cause) {
		t.Errorf("got %v, want ErrConflict and its cause", err)
	}
	if err := s.classify(t.Context(), io.ErrUnexpectedEOF); err != io.ErrUnexpectedEOF {
		t.Errorf("a lost connection came back as %v", err)
	}
	if err := s.classify(t.Context(), nil); err != nil {
		t.Errorf("nil came back as %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.classify(ctx, cause); !errors.Is(err, context.Canceled) || errors.Is(err, ledger.ErrConflict) {
		t.Errorf("after the end of the context: %v", err)
	}
}

func TestRefused(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want bool
	}{
		{nil, false},
		{&pgError{"22021"}, true},
		{&pgError{"57P01"}, false},
		{&pgError{"08006"}, false},
		{&mySQLError{Number: 1406}, true},
		{&modernError{18}, true},
		{io.EOF, false},
		{driver.ErrBadConn, false},
	} {
		if got := refused(tt.err); got != tt.want {
			t.Errorf("refused(%v) = %v", tt.err, got)
		}
	}
}
