package drivertest_test

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/loyaltykit/loyalty/ledger/sqlstore"
)

var (
	crashSeed  = flag.Uint64("crash.seed", 1, "what the crash tests draw from: what clients ask for, and when they are killed")
	crashKills = flag.Int("crash.kills", 20, "how often each crash test kills; 4 with -short")
)

func kills() int {
	if testing.Short() {
		return min(4, *crashKills)
	}
	return *crashKills
}

// crashChild says, in a process's environment, that it is to be the one that is killed.
const crashChild = "LOYALTY_CRASH_CHILD"

// crashOrder is what such a process is to do.
type crashOrder struct {
	DSN  string
	Seed uint64
	Next []int // of each client, the number of the first request to send
}

// crashReport is a line that it writes for each acknowledgement.
type crashReport struct {
	Client  int
	Number  int
	Outcome outcome
}

// TestCrashSQLite kills a process that writes to SQLite, again and again, at random
// moments. It shows that nothing is lost with a process; that nothing is lost
// with the machine's power rests on SQLite and synchronous=FULL.
func TestCrashSQLite(t *testing.T) {
	if order := os.Getenv(crashChild); order != "" {
		beKilled(t, order)
		return
	}
	t.Logf("-crash.seed=%d -crash.kills=%d", *crashSeed, kills())
	dsn := "file:" + filepath.Join(t.TempDir(), "loyalty.db") + sqliteSettings
	clients := newClients(t, *crashSeed)
	chance := rand.New(rand.NewPCG(*crashSeed, 1))
	for range kills() {
		crashProcess(t, dsn, clients, chance)
		db := sqlite.connect(t, dsn)
		store := crashStore(t, sqlite, dsn)
		var report string
		if err := db.QueryRow("PRAGMA integrity_check").Scan(&report); err != nil || report != "ok" {
			t.Fatalf("the file is damaged: %q, %v", report, err)
		}
		check(t, store, clients)
		db.Close()
	}
	store := crashStore(t, sqlite, dsn)
	settle(t, store, clients)
	repeat(t, store, clients)
	t.Log(summary(clients))
}

// crashStore opens the store as a host does at its start.
func crashStore(t testing.TB, d database, dsn string) *sqlstore.Store {
	t.Helper()
	store, err := sqlstore.New(d.connect(t, dsn), d.dialect)
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return store
}

// crashProcess has another process write and kills it: after a random number of
// acknowledgements and a random moment more, which may be before the first.
func crashProcess(t *testing.T, dsn string, clients []*client, chance *rand.Rand) {
	t.Helper()
	order := crashOrder{DSN: dsn, Seed: *crashSeed}
	for _, c := range clients {
		order.Next = append(order.Next, c.next())
	}
	text, err := json.Marshal(order)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestCrashSQLite$")
	cmd.Env = append(os.Environ(), crashChild+"="+string(text))
	stdin, err := cmd.StdinPipe() // its end is the child's, should this process end first
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	after, more := chance.IntN(80), time.Duration(chance.IntN(3000))*time.Microsecond
	if after == 0 {
		more *= 30 // from the start of the process: opening, migrating, recovering
	}
	var timer *time.Timer
	kill := func() { timer = time.AfterFunc(more, func() { cmd.Process.Kill() }) }
	if after == 0 {
		kill()
	}
	heard := 0
	for lines := bufio.NewReader(stdout); ; {
		line, err := lines.ReadString('\n')
		if err != nil {
			break // a line cut short was not said
		}
		hear(t, line, clients)
		if heard++; heard == after {
			kill()
		}
	}
	cmd.Wait()
	if timer == nil {
		t.Fatalf("the process ended by itself after %d acknowledgements of %d", heard, after)
	}
}

// hear notes an acknowledgement.
func hear(t *testing.T, line string, clients []*client) {
	t.Helper()
	var r crashReport
	if err := json.Unmarshal([]byte(line), &r); err != nil {
		t.Fatalf("the process said: %s", line)
	}
	c := clients[r.Client]
	if r.Number != c.next() {
		t.Fatalf("client %d told of request %d instead of %d", r.Client, r.Number, c.next())
	}
	c.acknowledged = append(c.acknowledged, r.Outcome)
}

// beKilled writes until it is killed, and tells of each acknowledgement before the
// same client's next request.
func beKilled(t *testing.T, text string) {
	var order crashOrder
	if err := json.Unmarshal([]byte(text), &order); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	store := crashStore(t, sqlite, order.DSN)
	var out sync.Mutex
	say := func(v any) {
		line, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		out.Lock()
		defer out.Unlock()
		os.Stdout.Write(append(line, '\n'))
	}
	var all sync.WaitGroup
	for i, n := range order.Next {
		all.Go(func() {
			s, l := script{order.Seed, i}, newLedger(t, store)
			for ; ; n++ {
				o, _, err := s.send(ctx, l, n)
				if err != nil {
					say(err.Error())
					return
				}
				say(crashReport{i, n, o})
			}
		})
	}
	all.Wait()
}

// settle has each client send the request again of which it does not know what
// became: it takes effect now, or has before.
func settle(t testing.TB, store *sqlstore.Store, clients []*client) {
	t.Helper()
	l := newLedger(t, store)
	for _, c := range clients {
		n := c.next()
		found := len(c.expected) > n
		o, replayed, err := c.send(t.Context(), l, n)
		if err != nil {
			t.Fatal(err)
		}
		if replayed != found {
			t.Fatalf("client %d, request %d: replayed %t, found before %t", c.client, n, replayed, found)
		}
		c.acknowledged = append(c.acknowledged, o)
	}
	check(t, store, clients)
}
