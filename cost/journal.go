package cost

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"io"
	"strings"

	"github.com/loyaltykit/loyalty/calendar"
	"github.com/shopspring/decimal"
)

// Accounts are the names or numbers a journal posts to. Empty ones take defaults,
// which suit reading, not your chart of accounts.
type Accounts struct {
	Liability string `json:"liability,omitempty"` // contract liability, or provision
	Issued    string `json:"issued,omitempty"`    // revenue of goods, from which points are deferred; or expense
	Redeemed  string `json:"redeemed,omitempty"`  // revenue of points; or the cost of rewards
	Breakage  string `json:"breakage,omitempty"`
	Estimate  string `json:"estimate,omitempty"`
	Value     string `json:"value,omitempty"`
}

func (a Accounts) orDefault(b Basis) Accounts {
	d := Accounts{"Contract liability: points", "Revenue: goods", "Revenue: points redeemed", "Revenue: breakage", "Revenue: change of estimate", "Revenue: contract modification"}
	if b == Provision {
		d = Accounts{"Provision: points", "Expense: points issued", "Rewards payable", "Expense: breakage", "Expense: change of estimate", "Expense: change of value"}
	}
	return Accounts{cmp.Or(a.Liability, d.Liability), cmp.Or(a.Issued, d.Issued), cmp.Or(a.Redeemed, d.Redeemed),
		cmp.Or(a.Breakage, d.Breakage), cmp.Or(a.Estimate, d.Estimate), cmp.Or(a.Value, d.Value)}
}

// Journal is entries a bookkeeper can post: debits and credits of each pair are
// equal, and no amount is negative.
type Journal struct {
	Date      calendar.Date  `json:"date"`
	Reference string         `json:"reference"`
	Currency  string         `json:"currency,omitempty"`
	Places    int32          `json:"places"`
	Entries   []JournalEntry `json:"entries"`
}

// JournalEntry is one line; Debit or Credit is zero.
type JournalEntry struct {
	Account string          `json:"account"`
	Debit   decimal.Decimal `json:"debit"`
	Credit  decimal.Decimal `json:"credit"`
	Memo    string          `json:"memo"`
}

// Journal writes the total of a roll-forward as entries, a pair for each line that
// is not zero.
func (r RollForward) Journal(date calendar.Date, reference string, accounts Accounts) (Journal, error) {
	a := accounts.orDefault(r.Basis)
	var bad problems
	if !date.Valid() {
		bad.add("date", "%s is not on the calendar", date)
	}
	checkText("reference", reference, MaxName, &bad)
	for _, name := range []string{a.Liability, a.Issued, a.Redeemed, a.Breakage, a.Estimate, a.Value} {
		checkText("accounts", name, MaxText, &bad)
	}
	if len(bad) > 0 {
		return Journal{}, bad.err()
	}
	j := Journal{Date: date, Reference: reference, Currency: r.Currency, Places: r.Places}
	for _, line := range []struct {
		account, memo string
		amount        decimal.Decimal // what it adds to the liability
	}{
		{a.Issued, "points issued with sales", r.Total.Issued},
		{a.Redeemed, "points redeemed", r.Total.Redeemed},
		{a.Breakage, "breakage", r.Total.Breakage},
		{a.Estimate, "change of estimate, catch-up", r.Total.Estimate},
		{a.Value, "change of value", r.Total.Value},
	} {
		debit, credit := line.account, a.Liability
		if line.amount.IsNegative() {
			debit, credit = credit, debit
		}
		if amount := line.amount.Abs(); !amount.IsZero() {
			j.Entries = append(j.Entries, JournalEntry{Account: debit, Debit: amount, Memo: line.memo},
				JournalEntry{Account: credit, Credit: amount, Memo: line.memo})
		}
	}
	return j, nil
}

// String writes the journal as text.
func (j Journal) String() string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s  %s  %s\n", j.Date, j.Reference, j.Currency)
	side := func(d decimal.Decimal) string {
		if d.IsZero() {
			return ""
		}
		return d.StringFixed(j.Places)
	}
	for _, e := range j.Entries {
		account := e.Account
		if e.Debit.IsZero() {
			account = "  " + account
		}
		fmt.Fprintf(&out, "%-34s %12s %12s  %s\n", account, side(e.Debit), side(e.Credit), e.Memo)
	}
	return out.String()
}

// WriteCSV writes the journal with a heading, one entry a line, amounts in plain
// digits. A text that a spreadsheet would take for a formula gets an apostrophe.
func (j Journal) WriteCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	rows := [][]string{{"date", "reference", "currency", "account", "debit", "credit", "memo"}}
	for _, e := range j.Entries {
		rows = append(rows, []string{j.Date.String(), plainText(j.Reference), plainText(j.Currency), plainText(e.Account),
			e.Debit.StringFixed(j.Places), e.Credit.StringFixed(j.Places), plainText(e.Memo)})
	}
	if err := out.WriteAll(rows); err != nil {
		return fmt.Errorf("cost: writing a journal: %w", err)
	}
	return nil
}

func plainText(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}
