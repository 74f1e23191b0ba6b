package game_test

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"example.com/guessing-game/src/game"
)

const someID = "4ce7c7b8-02bc-40a4-823b-6c7c02b028d3"

func mustID(tb testing.TB, s string) game.ID {
	tb.Helper()
	id, err := game.ParseID(s)
	if err != nil {
		tb.Fatal(err)
	}
	return id
}

func mustGuess(tb testing.TB, n int) game.Guess {
	tb.Helper()
	g, err := game.NewGuess(n)
	if err != nil {
		tb.Fatal(err)
	}
	return g
}

// mustRestore makes a game with a known number.
func mustRestore(tb testing.TB, number int, guesses ...int) game.Game {
	tb.Helper()
	g, err := game.Restore(mustID(tb, someID), number, guesses)
	if err != nil {
		tb.Fatal(err)
	}
	return g
}

func nameOf(err error) game.Name {
	var e *game.Error
	if errors.As(err, &e) {
		return e.Name
	}
	return ""
}

func TestStatusFollowsFromNumberAndGuesses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		guesses []int
		want    game.Status
	}{
		{nil, game.Ongoing},
		{[]int{5}, game.Ongoing},
		{[]int{7}, game.Won},
		{[]int{5, 7}, game.Won},
		{[]int{5, 3}, game.Ongoing},
		{[]int{5, 3, 7}, game.Won},
		{[]int{5, 3, 9}, game.Lost},
		{[]int{5, 5, 5}, game.Lost},
	} {
		if got := mustRestore(t, 7, c.guesses...).Status(); got != c.want {
			t.Errorf("number 7, guesses %v: status %s, want %s", c.guesses, got, c.want)
		}
	}
}

func TestNoGuessAfterTheEnd(t *testing.T) {
	t.Parallel()
	for _, guesses := range [][]int{{7}, {5, 7}, {5, 3, 9}} {
		g := mustRestore(t, 7, guesses...)
		after, err := g.Guess(mustGuess(t, 7))
		if nameOf(err) != game.GameAlreadyFinished {
			t.Errorf("after %v: error %v, want GameAlreadyFinished", guesses, err)
		}
		if after != g {
			t.Errorf("after %v: the refused guess changed the game", guesses)
		}
	}
}

func TestRestoreRefusesWhatNoGameCanBe(t *testing.T) {
	t.Parallel()
	id := mustID(t, someID)
	for _, c := range []struct {
		name    string
		id      game.ID
		number  int
		guesses []int
	}{
		{"no id", game.ID{}, 7, nil},
		{"number too small", id, -1, nil},
		{"number too large", id, 11, nil},
		{"number that wraps round a byte", id, 263, nil},
		{"guess too large", id, 7, []int{11}},
		{"guess too small", id, 7, []int{-1}},
		{"four guesses", id, 7, []int{1, 2, 3, 4}},
		{"guess after the hit", id, 7, []int{7, 1}},
	} {
		_, err := game.Restore(c.id, c.number, c.guesses)
		if err == nil {
			t.Errorf("%s: no error", c.name)
		} else if nameOf(err) != "" {
			t.Errorf("%s: error %v has a public name; a damaged item is our fault, not the client's", c.name, err)
		}
	}
}

func TestAfterGoesBackInTime(t *testing.T) {
	t.Parallel()
	g := mustRestore(t, 7, 5, 3, 7)
	for n, want := range [][]int{{}, {5}, {5, 3}, {5, 3, 7}} {
		earlier := g.After(n)
		if earlier != mustRestore(t, 7, want...) {
			t.Errorf("After(%d) = %v", n, earlier)
		}
	}
	for _, n := range []int{-1, 4} {
		if g.After(n) != g {
			t.Errorf("After(%d) is not the game itself", n)
		}
	}
}

func TestGuessesCannotBeChangedThroughTheSlice(t *testing.T) {
	t.Parallel()
	g := mustRestore(t, 7, 5)
	_ = append(g.Guesses(), mustGuess(t, 7))
	next, err := g.Guess(mustGuess(t, 3))
	if err != nil || next != mustRestore(t, 7, 5, 3) {
		t.Fatalf("got %v, %v", next, err)
	}
}

func TestParseID(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, want string }{
		{someID, someID},
		{strings.ToUpper(someID), someID},
		{"00000000-0000-0000-0000-000000000000", "00000000-0000-0000-0000-000000000000"},
		{"", ""},
		{"abc", ""},
		{"{" + someID + "}", ""},
		{"urn:uuid:" + someID, ""},
		{strings.ReplaceAll(someID, "-", ""), ""},
		{someID[:35], ""},
		{someID + "0", ""},
		{"4ce7c7b8-02bc-40a4-823b-6c7c02b028dg", ""},
		{"4ce7c7b8-02bc-40a4-823b_6c7c02b028d3", ""},
		{"4ce7c7b8-02bc-40a4-823b-6c7c02b028\n3", ""},
	} {
		id, err := game.ParseID(c.in)
		switch {
		case c.want == "" && nameOf(err) != game.InvalidEvent:
			t.Errorf("%q: error %v, want InvalidEvent", c.in, err)
		case c.want != "" && (err != nil || id.String() != c.want):
			t.Errorf("%q: %q, %v", c.in, id, err)
		}
	}
}

func TestNewIDIsRandomVersion4(t *testing.T) {
	t.Parallel()
	id, err := game.NewID(bytes.NewReader(make([]byte, 16)))
	if err != nil || id.String() != "00000000-0000-4000-8000-000000000000" {
		t.Errorf("from zero bytes: %q, %v", id, err)
	}
	if _, err := game.NewID(bytes.NewReader(make([]byte, 15))); err == nil {
		t.Error("a random source that ends early gives no error")
	}
	seen := map[game.ID]bool{}
	for range 1000 {
		id, err := game.NewID(rand.Reader)
		if err != nil || seen[id] {
			t.Fatalf("%q seen before: %v, error %v", id, seen[id], err)
		}
		seen[id] = true
	}
}

func TestIDFromKey(t *testing.T) {
	t.Parallel()
	key := func(s string) game.Key {
		k, err := game.ParseKey(s)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	a := game.IDFromKey(key("a"))
	if a != game.IDFromKey(key("a")) {
		t.Error("one key gives two ids")
	}
	if a == game.IDFromKey(key("b")) {
		t.Error("two keys give one id")
	}
	// The files in events play this game, and games with keys outlive a deployment.
	if got := game.IDFromKey(key("8e03978e-40d5-43e8-bc93-6894a57f9324")).String(); got != "da5448cb-7cc1-8e19-9700-d83fc83c4e57" {
		t.Errorf("a key gives the id %s, which is not the one that it has always given", got)
	}
	if got, err := game.ParseID(a.String()); err != nil || got != a {
		t.Errorf("the id %s of a key does not parse: %v", a, err)
	}
	if s := a.String(); s[14] != '8' || !strings.ContainsRune("89ab", rune(s[19])) {
		t.Errorf("%s is not a version 8 UUID", s)
	}
}

// The distribution of Draw over a perfect source: every byte value once, so that each number has
// the same probability.
func TestDrawIsUniform(t *testing.T) {
	t.Parallel()
	var all []byte
	for b := range 256 {
		all = append(all, byte(b))
	}
	source := bytes.NewReader(all)
	count := map[int]int{}
	for {
		n, err := game.Draw(source)
		if err != nil {
			break // the source is exhausted
		}
		count[n.Reveal()]++
	}
	if len(count) != 11 {
		t.Fatalf("drew %v, want 0 to 10", count)
	}
	for n, times := range count {
		if times != count[0] || n < 0 || n > 10 {
			t.Errorf("drew %v, want each number equally often", count)
		}
	}
}

func TestDrawReportsItsSource(t *testing.T) {
	t.Parallel()
	if _, err := game.Draw(bytes.NewReader(nil)); err == nil {
		t.Error("no error from an empty source")
	}
}

func TestGuessRange(t *testing.T) {
	t.Parallel()
	for n := -300; n <= 300; n++ {
		g, err := game.NewGuess(n)
		if n >= 0 && n <= 10 {
			if err != nil || g.Int() != n {
				t.Errorf("NewGuess(%d) = %d, %v", n, g.Int(), err)
			}
		} else if nameOf(err) != game.InvalidGuess {
			t.Errorf("NewGuess(%d): error %v, want InvalidGuess", n, err)
		}
	}
}

func TestParseKeyLimits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		key string
		ok  bool
	}{
		{"", true},
		{" ~", true},
		{strings.Repeat("k", game.MaxKeyLength), true},
		{strings.Repeat("k", game.MaxKeyLength+1), false},
		{"a\x1f", false},
		{"a\x7f", false},
		{"é", false},
		{"\xff", false},
	} {
		key, err := game.ParseKey(c.key)
		if c.ok && (err != nil || key.String() != c.key) || !c.ok && nameOf(err) != game.InvalidEvent {
			t.Errorf("%q: %q, %v", c.key, key, err)
		}
	}
}

// A number that reached a log or an error would end up in CloudWatch.
func TestNothingPrintsTheNumber(t *testing.T) {
	t.Parallel()
	values := func(number int) []any {
		g := mustRestore(t, number, 5)
		return []any{g, &g, g.Number(), game.Created(g), []game.Game{g}, struct{ G game.Game }{g}, map[string]any{"n": g.Number()}}
	}
	print := func(v any) string {
		var b strings.Builder
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%q", "%x"} {
			fmt.Fprintf(&b, verb, v)
		}
		j, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(j)
		drop := func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		}
		slog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{ReplaceAttr: drop})).Info("x", "v", v)
		slog.New(slog.NewJSONHandler(&b, &slog.HandlerOptions{ReplaceAttr: drop})).Info("x", "v", v)
		return b.String()
	}
	seven, eight := values(7), values(8)
	for i := range seven {
		if fmt.Sprintf("%T", seven[i]) == "*game.Game" {
			continue // an address differs; its target is tested separately
		}
		if a, b := print(seven[i]), print(eight[i]); a != b {
			t.Errorf("%T prints differently for numbers 7 and 8:\n%s\n%s", seven[i], a, b)
		}
	}
}

func TestResultJSON(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		result game.Result
		want   string
	}{
		{game.Created(mustRestore(t, 7)),
			`{"kind":"GameCreated","id":"` + someID + `","guesses":[null,null,null],"random_number":7,"status":"ongoing"}`},
		{game.Evaluated(mustRestore(t, 7, 5)),
			`{"kind":"GuessEvaluated","id":"` + someID + `","guesses":[5,null,null],"random_number":7,"status":"ongoing"}`},
		{game.Evaluated(mustRestore(t, 7, 5, 7)),
			`{"kind":"GameWon","id":"` + someID + `","guesses":[5,7,null],"random_number":7,"status":"won"}`},
		{game.Evaluated(mustRestore(t, 7, 5, 3, 9)),
			`{"kind":"GameLost","id":"` + someID + `","guesses":[5,3,9],"random_number":7,"status":"lost"}`},
		{game.Evaluated(mustRestore(t, 10, 0, 5, 10)),
			`{"kind":"GameWon","id":"` + someID + `","guesses":[0,5,10],"random_number":10,"status":"won"}`},
		{game.Info(mustRestore(t, 0, 5, 3, 9)),
			`{"kind":"GameInfoProvided","id":"` + someID + `","guesses":[5,3,9],"random_number":0,"status":"lost"}`},
	} {
		if got := string(c.result.AppendJSON(nil)); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}

// Every possible game, played to its end.
func TestEveryGame(t *testing.T) {
	t.Parallel()
	for number := range 11 {
		for play := range 11 * 11 * 11 {
			guesses := []int{play % 11, play / 11 % 11, play / 121}
			g := mustRestore(t, number)
			var made []int
			for _, n := range guesses {
				next, err := g.Guess(mustGuess(t, n))
				if finished := slices.Contains(made, number); finished != (err != nil) {
					t.Fatalf("number %d, guesses %v then %d: error %v", number, made, n, err)
				}
				if err != nil {
					break
				}
				g, made = next, append(made, n)
			}
			want := game.Lost
			if slices.Contains(made, number) {
				want = game.Won
			}
			if g.Status() != want {
				t.Fatalf("number %d, guesses %v: %s, want %s", number, made, g.Status(), want)
			}
		}
	}
}
