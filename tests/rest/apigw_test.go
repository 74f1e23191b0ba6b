package rest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var programs string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "rest")
	if err == nil {
		err = Build(dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	programs = dir
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

func TestApigwServesTheGame(t *testing.T) {
	t.Parallel()
	Suite(t, Target{URL: Start(t, programs).REST})
}

// The document alone serves the game too, and links follow another stage.
func TestApigwServesTheDocument(t *testing.T) {
	t.Parallel()
	a := Start(t, programs, "--openapi", "openapi/api.yaml", "--stage", "dev")
	if !strings.HasSuffix(a.REST, "/dev/") {
		t.Errorf("served at %s, want the stage dev", a.REST)
	}
	Suite(t, Target{URL: a.REST})
}

// The seed's transcript, through the Invoke API.
func TestTranscript(t *testing.T) {
	t.Parallel()
	a := Start(t, programs)
	invoke := func(event, want string) string {
		t.Helper()
		got, failed := a.Invoke(event)
		if !regexp.MustCompile("^"+want+"$").MatchString(got) || (failed != "") != strings.Contains(want, "errorType") {
			t.Fatalf("%s\ngot  %s %s\nwant %s", event, got, failed, want)
		}
		return got
	}
	const id = `[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}`
	created := invoke(`{"kind":"gameRequested"}`, `\{"kind":"GameCreated","id":"`+id+`","guesses":\[null,null,null\],"random_number":(?:[0-9]|10),"status":"ongoing"\}`)
	var game struct {
		ID           string
		RandomNumber int `json:"random_number"`
	}
	if err := json.Unmarshal([]byte(created), &game); err != nil {
		t.Fatal(err)
	}
	n := game.RandomNumber
	wrong := (n + 5) % 11
	rest := func(guesses, status string) string {
		return fmt.Sprintf(`,"id":"%s","guesses":%s,"random_number":%d,"status":"%s"\}`, game.ID, regexp.QuoteMeta(guesses), n, status)
	}
	guess := func(guess int) string {
		return fmt.Sprintf(`{"kind":"guessSubmitted","guess":%d,"id":"%s"}`, guess, game.ID)
	}
	invoke(guess(wrong), `\{"kind":"GuessEvaluated"`+rest(fmt.Sprintf("[%d,null,null]", wrong), "ongoing"))
	won := rest(fmt.Sprintf("[%d,%d,null]", wrong, n), "won")
	invoke(guess(n), `\{"kind":"GameWon"`+won)
	invoke(fmt.Sprintf(`{"kind":"gameInfoRequested","id":"%s"}`, game.ID), `\{"kind":"GameInfoProvided"`+won)
	invoke(guess(wrong), `\{"errorMessage":"GameAlreadyFinished: .* is already won; start a new one","errorType":"GameAlreadyFinished"\}`)
}

// Every file in events is an event. In the order of their names they play a game, and the invalid
// ones are refused.
func TestEvents(t *testing.T) {
	t.Parallel()
	a := Start(t, programs)
	files, err := filepath.Glob(Root + "/events/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no events: %v", err)
	}
	outcomes := []struct{ prefix, want string }{
		{"game-requested", `"kind":"GameCreated"`},
		{"guess-submitted-with-key", `"kind":"(GuessEvaluated|GameWon)".*\[5,null,null\]`},
		{"guess-submitted", `"kind":"(GuessEvaluated|GameWon)".*\[5,7,null\]|"errorType":"GameAlreadyFinished"`}, // 5 may have been right
		{"info-requested", `"kind":"GameInfoProvided".*\[5,(7|null),null\]`},
		{"invalid-guess", `"errorType":"InvalidGuess"`},
		{"invalid-", `"errorType":"InvalidEvent"`},
		{"", `"kind":"|"errorType":"Game`}, // any other file is an event
	}
	for _, file := range files {
		event, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(file)
		payload, failed := a.Invoke(string(event))
		i := slices.IndexFunc(outcomes, func(o struct{ prefix, want string }) bool { return strings.HasPrefix(name, o.prefix) })
		if !regexp.MustCompile(outcomes[i].want).MatchString(payload) || (failed == "") != strings.Contains(payload, `"kind"`) {
			t.Errorf("%s: got %s %q, want %s", name, payload, failed, outcomes[i].want)
		}
	}
}

// Whatever a client sends, nothing in the REST API, the console or the traces reveals the number,
// and no event changes its shape. TestNothingButThePickedMembersLeaves checks that only the members
// of a result that a template selects are returned; here the real function, the real gateway and
// the real logs play games with hostile requests.
func TestTheNumberIsNotGivenAway(t *testing.T) {
	t.Parallel()
	a := Start(t, programs, "--log-level", "debug", "--mask", "random_number")
	c := NewClient(t, a.REST)
	random := rand.New(rand.NewPCG(1, 2))
	hostile := []string{
		`"`, `'`, `\`, `\"`, `\u0022`, `","guess":"`, `"},"x":{"y":"`, "$input.body", "#set($x=1)", "${context.requestId}", "#end", "%22", "%5C", "%00", "\t",
		"<script>", "ä", "😀", "*/", "]]#", strings.Repeat("x", 300),
	}
	pick := func() string { return hostile[random.IntN(len(hostile))] }
	key := func() string { return strings.Map(printable, pick()+pick()) }
	path := func() string {
		return strings.NewReplacer(" ", "%20", "\t", "%09", "#", "%23", "?", "%3F").Replace(pick() + pick())
	}
	const games = 300
	for range games {
		start := c.Do("POST", "games", "", asJSON, "Idempotency-Key: "+key(), "X-Any: "+key())
		if start.Status != 201 && start.Status != 400 {
			t.Fatalf("a game with a hostile key: %d %s", start.Status, start.Body)
		}
		if start.Status == 400 {
			start = c.NewGame()
		}
		c.Do("GET", "games/"+path(), "", "Accept: "+key())
		c.Do("POST", "games/"+start.Game.ID, `{"guess":`+pick()+`}`, asJSON)
		c.Do("POST", "games/"+start.Game.ID, `{"guess":`+fmt.Sprint(random.IntN(11))+`,"`+strings.NewReplacer(`"`, ``, `\`, ``, "\t", "").Replace(pick())+`":1}`, asJSON)
		c.Do("POST", "games/"+path(), `{"guess":5}`, asJSON, "Content-Type: "+key())
		for n := random.IntN(9); ; n++ {
			if g := c.Guess(start, n%11, "Idempotency-Key: "+key()); g.Status != 200 {
				break
			}
		}
	}
	for what, text := range map[string]string{"the console": a.String(), "the traces": everything(t, a)} {
		if at := toldNumber.FindStringIndex(text); at != nil {
			t.Errorf("%s tells the number: …%.300s", what, text[max(0, at[0]-200):])
		}
		if len(text) < 1000 {
			t.Errorf("%s are too quiet to say anything: %q", what, text)
		}
	}
	if n := strings.Count(a.String(), "InternalError"); n > 0 {
		t.Errorf("%d internal errors", n)
	}
}

// toldNumber finds the number in JSON, in JSON within JSON and in a map as Java prints it.
var toldNumber = regexp.MustCompile(`random_number[\\"]*\s*[:=]\s*[\\"]*[0-9]`)

// printable removes what a header cannot contain.
func printable(r rune) rune {
	if r < ' ' || r == 0x7f {
		return -1
	}
	return r
}

// everything is all that the trace port shows.
func everything(t *testing.T, a *Apigw) string {
	t.Helper()
	var all bytes.Buffer
	var list struct {
		Traces []struct{ ID string }
	}
	get := func(path string) []byte {
		resp, err := http.Get(a.Trace + path)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode != 200 {
			t.Fatalf("%s: %d %v %s", path, resp.StatusCode, err, body)
		}
		all.Write(body)
		return body
	}
	if err := json.Unmarshal(get("api/traces"), &list); err != nil {
		t.Fatal(err)
	}
	for _, trace := range list.Traces {
		get("api/traces/" + trace.ID)
	}
	return all.String()
}
