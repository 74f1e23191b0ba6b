// Package storetest is the contract of [store.Store] as tests, for every
// implementation of it.
package storetest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"example.com/guessing-game/src/game"
	"example.com/guessing-game/src/store"
)

// Open makes a store whose clock is now. It may contain games of other tests: every part of the
// contract makes its own games.
type Open func(t *testing.T, now store.Clock) store.Store

// Run checks the contract, each part as a parallel subtest with its own games.
func Run(t *testing.T, open Open) {
	for _, part := range []struct {
		name string
		test func(*testing.T, Open)
	}{
		{"a game is created, played and won", testWon},
		{"a game is lost with the third guess", testLost},
		{"a game that never was is not found", testNotFound},
		{"a finished game takes no guess and does not change", testFinished},
		{"the same guess twice without a key counts twice", testNoKey},
		{"creating again gives the first outcome", testCreateAgain},
		{"creating at once gives one game", testCreateRace},
		{"a key gives the first outcome again", testKey},
		{"a key of another game is new here", testKeyOfAnotherGame},
		{"any printable key is kept apart from the others", testKeyCharacters},
		{"a key that races itself guesses once", testKeyRace},
		{"guesses at once: three at most, each seen once", testGuessRace},
		{"a game ends with its life", testExpiry},
		{"a game may be created again after its life", testCreateAfterExpiry},
		{"a cancelled context makes the store unavailable", testCancelled},
	} {
		t.Run(part.name, func(t *testing.T) {
			t.Parallel()
			part.test(t, open)
		})
	}
}

// NewGame makes a game with a fresh id and this number.
func NewGame(tb testing.TB, number int) game.Game {
	tb.Helper()
	id, err := game.NewID(rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	return restore(tb, id, number)
}

func restore(tb testing.TB, id game.ID, number int, guesses ...int) game.Game {
	tb.Helper()
	g, err := game.Restore(id, number, guesses)
	if err != nil {
		tb.Fatal(err)
	}
	return g
}

func newKey(tb testing.TB, s string) game.Key {
	tb.Helper()
	k, err := game.ParseKey(s)
	if err != nil {
		tb.Fatal(err)
	}
	return k
}

func newGuess(tb testing.TB, n int) game.Guess {
	tb.Helper()
	g, err := game.NewGuess(n)
	if err != nil {
		tb.Fatal(err)
	}
	return g
}

// name is the stable name of an error, "" for none and the text of any other.
func name(err error) string {
	var e *game.Error
	switch {
	case err == nil:
		return ""
	case errors.As(err, &e):
		return string(e.Name)
	}
	return err.Error()
}

// session is a store with the game that a part of the contract plays.
type session struct {
	*testing.T
	store.Store
	id     game.ID
	number int
}

func start(t *testing.T, open Open, number int) session {
	t.Helper()
	s := session{t, open(t, time.Now), game.ID{}, number}
	g := NewGame(t, number)
	s.id = g.ID()
	got, err := s.Create(t.Context(), g)
	if err != nil {
		t.Fatalf("create: %v", err)
	}
	s.same("create", got)
	return s
}

// same compares everything that is visible of a game.
func (s session) same(what string, got game.Game, guesses ...int) {
	s.Helper()
	if want := restore(s, s.id, s.number, guesses...); got != want {
		s.Errorf("%s: got %v with guesses %v, want %v with %v", what, got, got.Guesses(), want, guesses)
	}
}

// guess makes a guess that must succeed and leave these guesses.
func (s session) guess(n int, key string, guesses ...int) {
	s.Helper()
	got, err := s.Guess(s.Context(), s.id, newGuess(s, n), newKey(s, key))
	if err != nil {
		s.Errorf("guess %d with key %q: %v", n, key, err)
		return
	}
	s.same(fmt.Sprintf("guess %d with key %q", n, key), got, guesses...)
}

// finished makes a guess that must fail since the game is over.
func (s session) finished(n int, key string) {
	s.Helper()
	if _, err := s.Guess(s.Context(), s.id, newGuess(s, n), newKey(s, key)); name(err) != string(game.GameAlreadyFinished) {
		s.Errorf("guess %d with key %q: error %v, want %s", n, key, err, game.GameAlreadyFinished)
	}
}

// info checks what Get returns.
func (s session) info(guesses ...int) {
	s.Helper()
	got, err := s.Get(s.Context(), s.id)
	if err != nil {
		s.Errorf("get: %v", err)
		return
	}
	s.same("get", got, guesses...)
}

func testWon(t *testing.T, open Open) {
	s := start(t, open, 0) // the smallest number, easily mistaken for an absent one
	s.info()
	s.guess(10, "", 10)
	s.info(10)
	s.guess(0, "", 10, 0)
	s.info(10, 0)
}

func testLost(t *testing.T, open Open) {
	s := start(t, open, 10)
	s.guess(0, "", 0)
	s.guess(1, "", 0, 1)
	s.guess(2, "", 0, 1, 2)
	s.info(0, 1, 2)
}

func testNotFound(t *testing.T, open Open) {
	s := open(t, time.Now)
	id := NewGame(t, 7).ID()
	if _, err := s.Get(t.Context(), id); name(err) != string(game.GameNotFound) {
		t.Errorf("get: %v", err)
	}
	for _, key := range []string{"", "k"} {
		if _, err := s.Guess(t.Context(), id, newGuess(t, 7), newKey(t, key)); name(err) != string(game.GameNotFound) {
			t.Errorf("guess with key %q: %v", key, err)
		}
	}
	if _, err := s.Get(t.Context(), id); name(err) != string(game.GameNotFound) {
		t.Errorf("get after a guess: %v", err)
	}
}

func testFinished(t *testing.T, open Open) {
	for _, guesses := range [][]int{{7}, {1, 7}, {1, 2, 7}, {1, 2, 3}} {
		s := start(t, open, 7)
		for i, n := range guesses {
			s.guess(n, fmt.Sprint(i), guesses[:i+1]...)
		}
		s.finished(7, "")
		s.finished(1, "new")
		s.info(guesses...)
	}
}

func testNoKey(t *testing.T, open Open) {
	s := start(t, open, 7)
	s.guess(5, "", 5)
	s.guess(5, "", 5, 5)
	s.guess(5, "", 5, 5, 5)
}

func testCreateAgain(t *testing.T, open Open) {
	s := start(t, open, 7)
	s.guess(1, "", 1)
	got, err := s.Create(t.Context(), restore(t, s.id, 8))
	if err != nil {
		t.Fatal(err)
	}
	s.same("create again", got)
	s.info(1)
}

func testCreateRace(t *testing.T, open Open) {
	s := open(t, time.Now)
	id := NewGame(t, 0).ID()
	var got [11]game.Game
	var wg sync.WaitGroup
	for number := range got {
		wg.Go(func() {
			g, err := s.Create(t.Context(), restore(t, id, number))
			if err != nil {
				t.Error(err)
			}
			got[number] = g
		})
	}
	wg.Wait()
	for number, g := range got {
		if g != got[0] {
			t.Errorf("attempt %d has the number %d, attempt 0 has %d", number, g.Number().Reveal(), got[0].Number().Reveal())
		}
	}
}

func testKey(t *testing.T, open Open) {
	s := start(t, open, 7)
	s.guess(1, "a", 1)
	s.guess(1, "a", 1)
	s.guess(2, "", 1, 2)
	s.guess(1, "a", 1)
	s.guess(9, "a", 1) // not a retry, but the key has had its outcome
	s.guess(7, "c", 1, 2, 7)
	s.guess(1, "a", 1)
	s.guess(7, "c", 1, 2, 7)
	s.finished(7, "d")
	s.finished(7, "d")
	s.info(1, 2, 7)
}

func testKeyOfAnotherGame(t *testing.T, open Open) {
	a, b := start(t, open, 7), start(t, open, 7)
	a.guess(1, "k", 1)
	b.guess(2, "k", 2)
	a.info(1)
}

func testKeyCharacters(t *testing.T, open Open) {
	long := make([]byte, game.MaxKeyLength)
	for i := range long {
		long[i] = byte(' ' + i%95)
	}
	for _, key := range []string{string(long), `a."'#:$b`, " "} {
		s := start(t, open, 7)
		s.guess(1, key, 1)
		s.guess(1, key, 1)
		s.guess(2, key[:len(key)-1]+"x", 1, 2)
		s.guess(1, key, 1)
		s.info(1, 2)
	}
}

func testKeyRace(t *testing.T, open Open) {
	for round := range 5 {
		s := start(t, open, 7)
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() { s.guess(1, "k", 1) })
		}
		wg.Wait()
		s.info(1)
		if s.Failed() {
			s.Fatalf("in round %d", round)
		}
	}
}

func testGuessRace(t *testing.T, open Open) {
	s := start(t, open, 10)
	var mu sync.Mutex
	var acknowledged []int // the guesses as each successful attempt saw its own
	var wg sync.WaitGroup
	for n := range 10 {
		wg.Go(func() {
			g, err := s.Guess(t.Context(), s.id, newGuess(t, n), game.Key{})
			switch name(err) {
			case "":
				guesses := g.Guesses()
				if last := guesses[len(guesses)-1].Int(); last != n {
					t.Errorf("guess %d returned %v", n, guesses)
				}
				mu.Lock()
				acknowledged = append(acknowledged, n)
				mu.Unlock()
			case string(game.GameAlreadyFinished):
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	g, err := s.Get(t.Context(), s.id)
	if err != nil {
		t.Fatal(err)
	}
	var kept []int
	for _, guess := range g.Guesses() {
		kept = append(kept, guess.Int())
	}
	slices.Sort(kept)
	slices.Sort(acknowledged)
	if len(kept) != game.MaxGuesses || !slices.Equal(kept, acknowledged) {
		t.Errorf("guesses %v were acknowledged, %v are stored", acknowledged, kept)
	}
}

// at is a clock that a test sets.
type at struct {
	mu  sync.Mutex
	now time.Time
}

func (c *at) time() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *at) set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t
}

func testExpiry(t *testing.T, open Open) {
	// Whole seconds: a store may keep no finer time. The present time, so that a table with TTL
	// does not remove the item at once.
	created := time.Now().Truncate(time.Second)
	clock := &at{now: created}
	s := open(t, clock.time)
	g, err := s.Create(t.Context(), NewGame(t, 7))
	if err != nil {
		t.Fatal(err)
	}
	clock.set(created.Add(store.Life - time.Second))
	if _, err := s.Get(t.Context(), g.ID()); err != nil {
		t.Errorf("get in the last second: %v", err)
	}
	if _, err := s.Guess(t.Context(), g.ID(), newGuess(t, 1), newKey(t, "k")); err != nil {
		t.Errorf("guess in the last second: %v", err)
	}
	clock.set(created.Add(store.Life))
	if _, err := s.Get(t.Context(), g.ID()); name(err) != string(game.GameNotFound) {
		t.Errorf("get after the end: %v", err)
	}
	for _, key := range []string{"", "k", "new"} {
		if _, err := s.Guess(t.Context(), g.ID(), newGuess(t, 1), newKey(t, key)); name(err) != string(game.GameNotFound) {
			t.Errorf("guess with key %q after the end: %v", key, err)
		}
	}
}

func testCreateAfterExpiry(t *testing.T, open Open) {
	created := time.Now().Truncate(time.Second)
	clock := &at{now: created}
	s := open(t, clock.time)
	first, err := s.Create(t.Context(), NewGame(t, 7))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Guess(t.Context(), first.ID(), newGuess(t, 1), newKey(t, "k")); err != nil {
		t.Fatal(err)
	}
	clock.set(created.Add(store.Life))
	second := restore(t, first.ID(), 8)
	if got, err := s.Create(t.Context(), second); err != nil || got != second {
		t.Fatalf("create: %v, %v", got, err)
	}
	// Nothing remains of the first game, including its keys.
	got, err := s.Guess(t.Context(), first.ID(), newGuess(t, 2), newKey(t, "k"))
	if want := restore(t, first.ID(), 8, 2); err != nil || got != want {
		t.Errorf("guess: %v, %v", got.Guesses(), err)
	}
	if got, err := s.Get(t.Context(), first.ID()); err != nil || got != restore(t, first.ID(), 8, 2) {
		t.Errorf("get: %v, %v", got, err)
	}
}

func testCancelled(t *testing.T, open Open) {
	s := start(t, open, 7)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Create(ctx, NewGame(t, 7)); name(err) != string(game.StoreUnavailable) || !errors.Is(err, context.Canceled) {
		t.Errorf("create: %v", err)
	}
	if _, err := s.Store.Guess(ctx, s.id, newGuess(t, 7), game.Key{}); name(err) != string(game.StoreUnavailable) || !errors.Is(err, context.Canceled) {
		t.Errorf("guess: %v", err)
	}
	if _, err := s.Get(ctx, s.id); name(err) != string(game.StoreUnavailable) || !errors.Is(err, context.Canceled) {
		t.Errorf("get: %v", err)
	}
	s.info()
}
