package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"runtime/pprof"
	"slices"
	"time"
)

// sample is what is read when no file is named.
//
//go:embed data/online_retail_sample.csv.gz
var sample []byte

// What run returns, for the shell.
const (
	exitOK    = 0
	exitFail  = 1 // the books do not balance, or the file cannot be read
	exitUsage = 2
)

// options are what the flags say.
type options struct {
	data    string // "" is the sample
	store   string // storeMemory or storeSQLite
	db      string // "" is a temporary file
	member  string // "" is whoever's statement shows the most
	profile string
}

func parseFlags(args []string, stderr io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("quickstart", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.data, "data", "", "read this `file`, CSV or CSV in gzip, instead of the sample")
	flags.StringVar(&o.store, "store", storeSQLite, "keep the books in "+storeSQLite+" or in "+storeMemory)
	flags.StringVar(&o.db, "db", "", "keep the books in this SQLite `file`, which may have those of an earlier run; otherwise in a temporary one")
	flags.StringVar(&o.member, "member", "", "show the statement of the member with this `id`")
	flags.StringVar(&o.profile, "cpuprofile", "", "write a CPU profile of the run to this `file`")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if err := o.check(flags.Args()); err != nil {
		fmt.Fprintln(stderr, "quickstart:", err)
		flags.Usage()
		return o, err
	}
	return o, nil
}

func (o *options) check(rest []string) error {
	switch {
	case len(rest) > 0:
		return fmt.Errorf("%q is not a flag", rest[0])
	case o.store != storeSQLite && o.store != storeMemory:
		return fmt.Errorf("-store %s: must be %s or %s", o.store, storeSQLite, storeMemory)
	case o.store == storeMemory && o.db != "":
		return errors.New("-db goes with -store " + storeSQLite)
	}
	return nil
}

// run is the program: what it returns is the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parseFlags(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitOK
	case err != nil:
		return exitUsage
	}
	s, closeStore, err := openStore(ctx, o)
	if err != nil {
		fmt.Fprintln(stderr, "quickstart:", err)
		return exitFail
	}
	status := runOn(ctx, o, s, stdout, stderr)
	if err := closeStore(); err != nil {
		fmt.Fprintln(stderr, "quickstart:", err)
		return exitFail
	}
	return status
}

// runOn is run on a store of the caller's.
func runOn(ctx context.Context, o options, s store, stdout, stderr io.Writer) int {
	fail := func(err error) int {
		fmt.Fprintln(stderr, "quickstart:", err)
		return exitFail
	}
	if o.profile != "" {
		stop, err := profile(o.profile)
		if err != nil {
			return fail(err)
		}
		defer stop()
	}
	f, err := runYear(ctx, o, s, newProgress(stderr))
	if err != nil {
		return fail(err)
	}
	if err := f.write(stdout); err != nil {
		return fail(err)
	}
	if !f.ok() {
		return fail(errors.New("the books do not balance, or something was refused that should not have been: see the report"))
	}
	return exitOK
}

func profile(name string) (stop func(), err error) {
	file, err := os.Create(name)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(file); err != nil {
		file.Close()
		return nil, err
	}
	return func() {
		pprof.StopCPUProfile()
		file.Close()
	}, nil
}

// findings are what the report tells.
type findings struct {
	source  string
	into    string // "" when the books are in memory
	intake  *intake
	played  *played
	audit   *audit
	tiers   []tierRow
	rules   map[string]string // what each is
	member  *statementOf
	worth   worth
	cap     *capUse
	reading time.Duration
	proving time.Duration
	wall    time.Duration
}

// runYear reads the file, plays the year and proves its books.
func runYear(ctx context.Context, o options, s store, bar *progress) (*findings, error) {
	started := time.Now()
	y, err := newYear(s)
	if err != nil {
		return nil, err
	}
	f := &findings{into: s.Into(), played: &y.played, worth: y.program.Worth, cap: y.cap, rules: ruleNames(y.def)}
	if f.source, f.intake, err = readSource(ctx, o.data, y.zone, bar); err != nil {
		return nil, err
	}
	if o.member != "" && !f.intake.orders.placedBy(o.member) {
		return nil, fmt.Errorf("-member %s: no customer of the file by this id has placed an order", o.member)
	}
	list := f.intake.orders.sorted()
	f.reading = time.Since(started)

	bar.start("playing", int64(len(list)))
	err = y.play(ctx, list, bar)
	bar.end()
	if err != nil {
		return nil, err
	}
	before := time.Now()
	if f.audit, err = prove(ctx, s, y); err != nil {
		return nil, err
	}
	f.proving = time.Since(before)
	if f.tiers, err = membersByTier(ctx, y, slices.Sorted(maps.Keys(f.audit.owners))); err != nil {
		return nil, err
	}
	if f.member, err = memberStatement(ctx, y, o.member, f.audit.sums.showcase); err != nil {
		return nil, err
	}
	f.wall = time.Since(started)
	return f, nil
}

// readSource reads the file of that name, or the sample.
func readSource(ctx context.Context, name string, zone *time.Location, bar *progress) (string, *intake, error) {
	var file io.Reader = bytes.NewReader(sample)
	source, size := "the sample (examples/quickstart/data)", int64(len(sample))
	if name != "" {
		f, err := os.Open(name)
		if err != nil {
			return "", nil, err
		}
		defer f.Close()
		info, err := f.Stat()
		if err != nil {
			return "", nil, err
		}
		file, source, size = f, name, info.Size()
	}
	bar.start("reading", size)
	defer bar.end()
	in, err := read(ctx, watched{file, bar}, zone)
	if err != nil {
		return "", nil, fmt.Errorf("reading %s: %w", source, err)
	}
	return source, in, nil
}

// ok tells whether the books balance and nothing was refused without need.
func (f *findings) ok() bool {
	for _, r := range f.played.refusals {
		if !r.expected {
			return false
		}
	}
	return f.audit.ok()
}
