//go:build e2e

package concurrency

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A hundred thousand events as fast as possible: no errors, one request to DynamoDB for each, and
// processes that do not grow.
func TestSoak(t *testing.T) {
	const processes, games, eventsAGame = 4, 20_000, 5
	counter := local.NewCounter()
	srv := httptest.NewServer(counter)
	t.Cleanup(srv.Close)
	f := startFleet(t, processes, map[string]string{"TABLE_NAME": table, "AWS_ENDPOINT_URL_DYNAMODB": srv.URL})
	start := time.Now()
	playMany(t, f, games/5)
	early := memory(t, f)
	playMany(t, f, games-games/5)
	late := memory(t, f)
	t.Logf("%d events in %v; resident memory after a fifth and at the end, in KB: %v, %v", games*eventsAGame, time.Since(start).Round(time.Second), early, late)
	if requests, slow := counter.Take(); requests < games*eventsAGame || requests > games*eventsAGame+slow {
		t.Errorf("%d requests, %d of them answered slowly, for %d events", requests, slow, games*eventsAGame)
	}
	for i := range late {
		if late[i] > early[i]+early[i]/4 {
			t.Errorf("process %d grew from %d to %d KB", i, early[i], late[i])
		}
	}
}

// playMany plays games of five events each, with one player for each process.
func playMany(t *testing.T, f *fleet, games int) {
	t.Helper()
	var left atomic.Int64
	left.Store(int64(games))
	var wg sync.WaitGroup
	for player := range f.hosts {
		wg.Go(func() {
			for left.Add(-1) >= 0 {
				if err := playOne(f, player); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// playOne plays one game of three guesses, the last of which may be right.
func playOne(f *fleet, process int) error {
	g, err := f.send(process, `{"kind":"gameRequested"}`)
	if err != nil {
		return err
	}
	wrong := (g.Number + 1) % 11
	guesses := []int{wrong, wrong, rand.N(11)}
	for i, guess := range guesses {
		a, err := f.send(process, fmt.Sprintf(`{"kind":"guessSubmitted","id":%q,"guess":%d}`, g.ID, guess))
		if err != nil || !slices.Equal(a.guesses(), guesses[:i+1]) {
			return fmt.Errorf("guesses %v of %v: %v, %w", guesses[:i+1], guesses, a.guesses(), err)
		}
	}
	a, err := f.send(process, fmt.Sprintf(`{"kind":"gameInfoRequested","id":%q}`, g.ID))
	if err != nil || !slices.Equal(a.guesses(), guesses) || a.Number != g.Number {
		return fmt.Errorf("game of %d with %v: %+v, %w", g.Number, guesses, a, err)
	}
	return nil
}

// memory returns the resident memory of each process in KB.
func memory(t *testing.T, f *fleet) []int {
	t.Helper()
	var sizes []int
	for i := range f.hosts {
		status, err := os.Open(fmt.Sprintf("/proc/%d/status", f.pid(i)))
		if err != nil {
			t.Fatal(err)
		}
		size := 0
		for lines := bufio.NewScanner(status); lines.Scan(); {
			if rest, ok := strings.CutPrefix(lines.Text(), "VmRSS:"); ok {
				fmt.Sscan(rest, &size)
			}
		}
		status.Close()
		sizes = append(sizes, size)
	}
	return sizes
}
