//go:build e2e

package concurrency

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"example.com/guessing-game/src/game"
)

// input is an operation that a client wants; attempts at it share its key.
type input struct {
	game  int // the index of the game, by which histories are checked
	kind  string
	guess int
	key   string
}

// output is what the client finally knows of it.
type output struct {
	unknown bool // no attempt got a response: it may have happened
	err     string
	state   state // of the game, as in the response
}

// state is a game in the specification; the zero state is no game. keys are not compared with
// responses.
type state struct {
	exists  bool
	number  int
	made    int
	guesses [game.MaxGuesses]int
	keys    [game.MaxGuesses]string
}

func (s state) finished() bool {
	return s.made == game.MaxGuesses || s.made > 0 && s.guesses[s.made-1] == s.number
}

// after is what a response shows of the game when n guesses had been made.
func (s state) after(n int) state {
	seen := state{exists: true, number: s.number, made: n}
	copy(seen.guesses[:], s.guesses[:n])
	return seen
}

// step is the specification: the state after an input, and the response.
func step(s state, in input, number int) (state, output) {
	switch {
	case in.kind == "gameRequested":
		if !s.exists {
			s = state{exists: true, number: number}
		}
		return s, output{state: s.after(0)}
	case !s.exists:
		return s, output{err: string(game.GameNotFound)}
	case in.kind == "gameInfoRequested":
		return s, output{state: s.after(s.made)}
	}
	if in.key != "" {
		if i := slices.Index(s.keys[:s.made], in.key); i >= 0 {
			return s, output{state: s.after(i + 1)}
		}
	}
	if s.finished() {
		return s, output{err: string(game.GameAlreadyFinished)}
	}
	s.guesses[s.made], s.keys[s.made] = in.guess, in.key
	s.made++
	return s, output{state: s.after(s.made)}
}

// model is the specification for the checker. The number is drawn by the
// function: the first known response of a game shows it, so a game none of whose creations is known
// cannot be checked, and play makes sure there is none.
func model(numbers []int) porcupine.Model {
	return porcupine.Model{
		Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
			parts := make([][]porcupine.Operation, len(numbers))
			for _, o := range history {
				i := o.Input.(input).game
				parts[i] = append(parts[i], o)
			}
			return parts
		},
		Init: func() any { return state{} },
		Step: func(s, in, out any) (bool, any) {
			next, want := step(s.(state), in.(input), numbers[in.(input).game])
			got := out.(output)
			return got.unknown || got == want, next
		},
		DescribeOperation: func(in, out any) string { return fmt.Sprintf("%+v → %+v", in, out) },
	}
}

// play has clients play shared games by sending events, then calls calm, which ends all
// disturbance, and returns the history and the games' numbers.
//
// A game is shared by eight clients at a time: the checker's work grows exponentially with the
// number of overlapping operations on one game.
func play(t *testing.T, send func(event string) (answer, error), clients, rounds int, calm func()) ([]porcupine.Operation, []int) {
	gamesARound := max(1, clients/8)
	prefix := fmt.Sprintf("%s %d", t.Name(), time.Now().UnixNano())
	ids := make([]string, rounds*gamesARound)
	for i := range ids {
		key, err := game.ParseKey(fmt.Sprintf("%s %d", prefix, i))
		if err != nil {
			t.Fatal(err)
		}
		ids[i] = game.IDFromKey(key).String()
	}
	start := time.Now()
	var mu sync.Mutex
	var history []porcupine.Operation
	numbers := make([]int, len(ids))
	for i := range numbers {
		numbers[i] = -1
	}
	var unknown atomic.Int64
	do := func(client int, in input) (known bool) {
		event := fmt.Sprintf(`{"kind":%q,"id":%q}`, in.kind, ids[in.game])
		switch {
		case in.kind == "gameRequested":
			event = fmt.Sprintf(`{"kind":%q,"idempotencyKey":"%s %d"}`, in.kind, prefix, in.game)
		case in.kind == "guessSubmitted":
			event = fmt.Sprintf(`{"kind":%q,"id":%q,"guess":%d,"idempotencyKey":%q}`, in.kind, ids[in.game], in.guess, in.key)
		}
		attempts := 3
		if in.kind == "guessSubmitted" && in.key == "" {
			attempts = 1 // a second one would be another guess
		}
		op := porcupine.Operation{ClientId: client, Input: in, Call: int64(time.Since(start)), Return: math.MaxInt64}
		out := output{unknown: true}
		for range attempts {
			a, err := send(event)
			if err != nil {
				continue
			}
			op.Return = int64(time.Since(start))
			out = output{err: a.Error}
			if a.Error == "" {
				out.state = state{exists: true, number: a.Number, made: len(a.guesses())}
				copy(out.state.guesses[:], a.guesses())
			}
			break
		}
		if out.unknown {
			unknown.Add(1)
		}
		if out.unknown && in.kind == "gameInfoRequested" {
			return false // it changed nothing and saw nothing
		}
		op.Output = out
		mu.Lock()
		defer mu.Unlock()
		history = append(history, op)
		if out.state.exists && numbers[in.game] < 0 {
			numbers[in.game] = out.state.number
		}
		return !out.unknown
	}
	var wg sync.WaitGroup
	for client := range clients {
		wg.Go(func() {
			for round := range rounds {
				g := round*gamesARound + client%gamesARound
				for range 3 {
					switch n := rand.N(10); {
					case n < 2:
						do(client, input{game: g, kind: "gameRequested"})
					case n < 4:
						do(client, input{game: g, kind: "gameInfoRequested"})
					case n < 6: // clients that share keys race each other
						k := rand.N(3)
						do(client, input{game: g, kind: "guessSubmitted", guess: k, key: fmt.Sprintf("shared %d", k)})
					case n < 8:
						do(client, input{game: g, kind: "guessSubmitted", guess: rand.N(11), key: fmt.Sprintf("%d %d", client, rand.Int())})
					default:
						do(client, input{game: g, kind: "guessSubmitted", guess: rand.N(11)})
					}
				}
			}
		})
	}
	wg.Wait()
	calm()
	// Every game is created once more and read.
	for g := range ids {
		for _, kind := range []string{"gameRequested", "gameInfoRequested"} {
			if !do(clients, input{game: g, kind: kind}) {
				t.Fatalf("%s is not answered although nothing is disturbed", kind)
			}
		}
	}
	t.Logf("%d operations in %v, of which %d ended unknown", len(history), time.Since(start).Round(time.Millisecond), unknown.Load())
	return history, numbers
}

// check returns the checker's verdict.
func check(t *testing.T, history []porcupine.Operation, numbers []int) porcupine.CheckResult {
	t.Helper()
	return porcupine.CheckOperationsTimeout(model(numbers), history, time.Minute)
}

// Eight processes, 64 clients, processes killed and connections cut at random.
func TestHistoriesAreLinearizable(t *testing.T) {
	proxy, err := local.StartProxy()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(proxy.Stop)
	const processes, clients, rounds = 8, 64, 40
	f := startFleet(t, processes, map[string]string{"TABLE_NAME": table, "AWS_ENDPOINT_URL_DYNAMODB": proxy.URL})
	stop := make(chan struct{})
	var kills, cuts int
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(rand.N(150 * time.Millisecond)):
			}
			if rand.N(2) == 0 {
				if f.kill(rand.N(processes)) {
					kills++
				}
				continue
			}
			if err := proxy.Cut(); err != nil {
				t.Error(err)
				return
			}
			cuts++
		}
	})
	history, numbers := play(t, f.sendToAny, clients, rounds, func() {
		close(stop)
		wg.Wait()
	})
	t.Logf("%d processes were killed, connections were cut %d times", kills, cuts)
	if kills == 0 || cuts == 0 {
		t.Error("nothing was broken")
	}
	if verdict := check(t, history, numbers); verdict != porcupine.Ok {
		t.Errorf("the checker says %s", verdict)
	}
	acknowledged(t, history, len(numbers))
}

// acknowledged checks, without the checker, what matters to players: at most three guesses in a
// game, and each acknowledged guess in its own place.
func acknowledged(t *testing.T, history []porcupine.Operation, games int) {
	t.Helper()
	final := make([]state, games)
	for _, o := range history {
		if in, out := o.Input.(input), o.Output.(output); in.kind == "gameInfoRequested" && out.state.made >= final[in.game].made {
			final[in.game] = out.state
		}
	}
	type place struct{ game, index int }
	owner := map[place]string{}
	guesses := 0
	for i, o := range history {
		in, out := o.Input.(input), o.Output.(output)
		if in.kind != "guessSubmitted" || out.unknown || out.err != "" {
			continue
		}
		guesses++
		at := place{in.game, out.state.made - 1}
		if final[in.game].made <= at.index || final[in.game].guesses[at.index] != in.guess {
			t.Errorf("%+v was answered with %+v; the game ends as %+v", in, out, final[in.game])
		}
		key := in.key
		if key == "" {
			key = fmt.Sprint("operation ", i)
		}
		if other, taken := owner[at]; taken && other != key {
			t.Errorf("guess %d of game %d is acknowledged to %q and to %q", at.index, in.game, key, other)
		}
		owner[at] = key
	}
	t.Logf("%d guesses were acknowledged, %d kept", guesses, len(owner))
	if guesses < games {
		t.Errorf("only %d guesses were acknowledged in %d games", guesses, games)
	}
}

// Split brain: two processes that each store games in memory. The checker must notice, or it
// would notice nothing.
func TestMemoryInTwoProcessesIsRefused(t *testing.T) {
	history, numbers := play(t, startFleet(t, 2, nil).sendToAny, 8, 4, func() {})
	if verdict := check(t, history, numbers); verdict != porcupine.Illegal {
		t.Errorf("the checker says %s, want %s", verdict, porcupine.Illegal)
	}
}

// One process that stores games in memory is correct for as long as it lives.
func TestMemoryInOneProcessIsLinearizable(t *testing.T) {
	history, numbers := play(t, startFleet(t, 1, nil).sendToAny, 16, 20, func() {})
	if verdict := check(t, history, numbers); verdict != porcupine.Ok {
		t.Errorf("the checker says %s", verdict)
	}
	acknowledged(t, history, len(numbers))
}
