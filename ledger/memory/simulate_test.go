package memory_test

import (
	"flag"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"testing"
	"time"

	"github.com/loyaltykit/loyalty/ledger/ledgertest"
)

var (
	simulate = flag.Duration("ledger.simulate", 0, "simulate for so long, with fresh seeds, instead of the usual steps")
	seed     = flag.Uint64("ledger.seed", 1, "seed of the usual simulation")
)

// TestSimulation runs the usual simulation. To see a failure of another again:
//
//	go test ./ledger/memory -run Simulation -ledger.seed=17
//
// and to look for one:
//
//	go test ./ledger/memory -run Simulation -ledger.simulate=5m
func TestSimulation(t *testing.T) {
	if *simulate > 0 {
		search(t, time.Now().Add(*simulate))
		return
	}
	sim := ledgertest.Simulation{Seed: *seed}
	if testing.Short() || raceDetector() {
		sim.Steps = ledgertest.RoundSteps // it has no goroutines for the detector to watch
	}
	if err := ledgertest.Simulate(t.Context(), sim); err != nil {
		t.Fatal(err)
	}
}

func search(t *testing.T, until time.Time) {
	rounds := 0
	for ; time.Now().Before(until); rounds++ {
		sim := ledgertest.Simulation{Seed: rand.Uint64(), Steps: ledgertest.RoundSteps}
		t.Log("seed", sim.Seed)
		if err := ledgertest.Simulate(t.Context(), sim); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d steps", rounds*ledgertest.RoundSteps)
}

// raceDetector tells whether the test was built with -race, and takes ten times as long.
func raceDetector() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}
