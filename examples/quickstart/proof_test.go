package main

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/loyaltykit/loyalty/ledger"
	"github.com/loyaltykit/loyalty/ledger/memory"
)

// tampered is a store that lies once the books are being audited, which begins
// with Owners.
type tampered struct {
	inMemory
	auditing atomic.Bool
	owners   func([]string) []string
	load     func(*ledger.Record)
	history  func([]ledger.Transaction) []ledger.Transaction
	commit   func(ledger.Change) (written bool, err error)
}

func (s *tampered) Owners(ctx context.Context) ([]string, error) {
	s.auditing.Store(true)
	ids, err := s.inMemory.Owners(ctx)
	if s.owners != nil {
		ids = s.owners(ids)
	}
	return ids, err
}

func (s *tampered) Load(ctx context.Context, owners []string, keys []ledger.Key) (ledger.Snapshot, error) {
	snap, err := s.Store.Load(ctx, owners, keys)
	if s.auditing.Load() && s.load != nil {
		for i := range snap.Records {
			r := &snap.Records[i]
			r.Accounts = slices.Clone(r.Accounts)
			s.load(r)
		}
	}
	return snap, err
}

func (s *tampered) History(ctx context.Context, q ledger.Query) (ledger.Page, error) {
	page, err := s.Store.History(ctx, q)
	if s.history != nil {
		list := slices.Clone(page.Transactions)
		for i := range list {
			list[i].Postings = slices.Clone(list[i].Postings)
			list[i].Links = slices.Clone(list[i].Links)
		}
		page.Transactions = s.history(list)
	}
	return page, err
}

func (s *tampered) Commit(ctx context.Context, c ledger.Change) error {
	if s.commit != nil {
		if written, err := s.commit(c); written || err != nil {
			return err
		}
	}
	return s.Store.Commit(ctx, c)
}

// makes tells whether a change has the transaction of an id.
func makes(c ledger.Change, id string) bool {
	return slices.ContainsFunc(c.Transactions, func(tx ledger.Transaction) bool { return tx.Key.ID == id })
}

// Each row spoils the books of testdata/small.csv in one way, and names what must notice.
func TestProofFails(t *testing.T) {
	const (
		zero       = "postings sum to"
		flows      = "the flows' totals"
		chains     = "every history is"
		replays    = "every account equals"
		statements = "every balance equals"
		results    = "the books equal"
	)
	tests := []struct {
		name  string
		store tampered
		want  []string
	}{
		{
			"a point slipped into a lot",
			tampered{load: func(r *ledger.Record) {
				if r.Owner == "11111" {
					lots := slices.Collect(r.Accounts[0].Lots.All())
					lots[0].Points++
					r.Accounts[0].Lots = ledger.NewLots(lots...)
				}
			}},
			[]string{flows, replays, statements},
		},
		{
			"a total to date altered",
			tampered{load: func(r *ledger.Record) {
				if r.Owner == "22222" {
					r.Accounts[0].Earned--
				}
			}},
			[]string{replays},
		},
		{
			"a posting altered",
			tampered{history: func(list []ledger.Transaction) []ledger.Transaction {
				for i := range list {
					if list[i].Key.ID == "1001" {
						list[i].Postings[0].Points++
					}
				}
				return list
			}},
			[]string{flows, chains, replays, statements, results},
		},
		{
			"a posting led to nobody",
			tampered{history: func(list []ledger.Transaction) []ledger.Transaction {
				for i := range list {
					if list[i].Key.ID == "1001" {
						list[i].Postings[0].To.Owner = "nobody"
					}
				}
				return list
			}},
			[]string{zero, chains, replays, statements},
		},
		{
			"a time altered",
			tampered{history: func(list []ledger.Transaction) []ledger.Transaction {
				for i := range list {
					list[i].Recorded = list[i].Recorded.AddDate(0, 0, 1)
				}
				return list
			}},
			[]string{chains},
		},
		{
			"the balance of an entry altered",
			tampered{history: func(list []ledger.Transaction) []ledger.Transaction {
				for i := range list {
					if list[i].Key.ID == "1002" {
						after := slices.Clone(list[i].Links[0].After)
						after[0].Points += 5
						list[i].Links[0].After = after
					}
				}
				return list
			}},
			[]string{chains, replays, statements},
		},
		{
			"the last transaction of a history gone",
			tampered{history: func(list []ledger.Transaction) []ledger.Transaction {
				return slices.DeleteFunc(list, func(tx ledger.Transaction) bool { return tx.Key.ID == "C1003/1002" })
			}},
			[]string{flows, replays, statements, results},
		},
		{
			"a member gone",
			tampered{owners: func(ids []string) []string {
				return slices.DeleteFunc(ids, func(id string) bool { return id == "22222" })
			}},
			[]string{results},
		},
		{
			"a commit that was promised and not kept",
			tampered{commit: func(c ledger.Change) (bool, error) { return makes(c, "1006"), nil }},
			[]string{results},
		},
	}
	for i := range tests {
		tt := &tests[i]
		t.Run(tt.name, func(t *testing.T) {
			tt.store.inMemory = inMemory{memory.New()}
			var out, errs bytes.Buffer
			status := runOn(context.Background(), options{data: "testdata/small.csv"}, &tt.store, &out, &errs)
			if status != exitFail || !strings.Contains(errs.String(), "the books do not balance") {
				t.Errorf("exit status %d, stderr %q, want 1", status, errs.String())
			}
			var got []string
			for line := range strings.Lines(out.String()) {
				if failed, ok := strings.CutPrefix(line, "  FAILED  "); ok {
					got = append(got, strings.Join(strings.Fields(failed)[:3], " "))
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("what failed (-want +got):\n%s\n%s", diff, out.String())
			}
		})
	}
}

// A refusal that no file can be the cause of ends in a failure, after the report.
func TestUnexpectedRefusalFails(t *testing.T) {
	s := &tampered{inMemory: inMemory{memory.New()}, commit: func(c ledger.Change) (bool, error) {
		if makes(c, "1006") {
			return false, errors.New("the disk is full")
		}
		return false, nil
	}}
	var out, errs bytes.Buffer
	status := runOn(context.Background(), options{data: "testdata/small.csv"}, s, &out, &errs)
	if status != exitFail || !strings.Contains(out.String(), "the disk is full") {
		t.Errorf("exit status %d, stderr %q, report:\n%s", status, errs.String(), out.String())
	}
	if strings.Contains(out.String(), "FAILED") {
		t.Errorf("what was never written is missed in the books:\n%s", out.String())
	}
}
