package rulestest

import (
	"fmt"
	"regexp"
)

// recorder is the test that rapid sees. It keeps what rapid says of a failure: the
// host's test is told in other words.
type recorder struct {
	name   string
	failed bool
	text   string
}

func (r *recorder) fail(text string) {
	r.failed = true
	if r.text == "" {
		r.text = text
	}
}

var againPattern = regexp.MustCompile(`-rapid\.(failfile="[^"]*"|seed=\d+)`)

// again returns the flag with which rapid repeats the failure.
func (r *recorder) again() string {
	all := againPattern.FindAllString(r.text, -1)
	if len(all) == 0 {
		return ""
	}
	return all[len(all)-1] // the seed, where there is one: it needs no file
}

func (r *recorder) Helper()                           {}
func (r *recorder) Name() string                      { return r.name }
func (r *recorder) Logf(string, ...any)               {}
func (r *recorder) Log(...any)                        {}
func (r *recorder) Skipf(string, ...any)              {}
func (r *recorder) Skip(...any)                       {}
func (r *recorder) SkipNow()                          {}
func (r *recorder) Errorf(format string, args ...any) { r.fail(fmt.Sprintf(format, args...)) }
func (r *recorder) Error(args ...any)                 { r.fail(fmt.Sprint(args...)) }
func (r *recorder) Fatalf(format string, args ...any) { r.fail(fmt.Sprintf(format, args...)) }
func (r *recorder) Fatal(args ...any)                 { r.fail(fmt.Sprint(args...)) }
func (r *recorder) FailNow()                          { r.failed = true }
func (r *recorder) Fail()                             { r.failed = true }
func (r *recorder) Failed() bool                      { return r.failed }
