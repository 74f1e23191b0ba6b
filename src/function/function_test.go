package main

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-lambda-go/lambda/messages"

	"example.com/guessing-game/src/game"
	"example.com/guessing-game/src/lambdaloop"
	"example.com/guessing-game/src/lambdaloop/looptest"
)

// asFunction in the environment makes the test binary be the function, or count its goroutines.
const asFunction = "FUNCTION_TEST_AS_FUNCTION"

func TestMain(m *testing.M) {
	switch os.Getenv(asFunction) {
	case "game":
		main()
	case "goroutines":
		loop, err := lambdaloop.FromEnv(os.Getenv)
		if err == nil {
			err = loop(os.Getenv("AWS_LAMBDA_RUNTIME_API"), goroutines{})
		}
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// goroutines is a handler that returns the number of goroutines.
type goroutines struct{}

func (goroutines) Invoke(context.Context, []byte) ([]byte, error) {
	return []byte(strconv.Itoa(runtime.NumGoroutine())), nil
}

// Nothing that the function links, the X-Ray SDK included, starts a goroutine before it is used.
func TestOneGoroutine(t *testing.T) {
	t.Parallel()
	api := looptest.New(t)
	looptest.Start(t, api, asFunction+"=goroutines")
	for range 2 {
		if got := api.Answer(t, `{}`); got != "1" {
			t.Errorf("%s goroutines, want 1", got)
		}
	}
}

// startFunction runs the game against the API, with these variables and nothing else in its
// environment.
func startFunction(tb testing.TB, api *looptest.API, env ...string) *looptest.Process {
	tb.Helper()
	return looptest.Start(tb, api, append(env, asFunction+"=game")...)
}

var created = regexp.MustCompile(`^\{"kind":"GameCreated","id":"([0-9a-f-]{36})","guesses":\[null,null,null\],"random_number":(\d+),"status":"ongoing"\}$`)

// start begins a game and returns its id and number.
func start(t *testing.T, api *looptest.API, event string) (id string, number int) {
	t.Helper()
	answer := api.Answer(t, event)
	m := created.FindStringSubmatch(answer)
	if m == nil {
		t.Fatalf("%s: %s", event, answer)
	}
	fmt.Sscan(m[2], &number)
	return m[1], number
}

func guessEvent(id string, guess int) string {
	return fmt.Sprintf(`{"kind": "guessSubmitted", "guess": %d, "id": "%s"}`, guess, id)
}

// The transcript of the project's first README, with the real program.
func TestTranscript(t *testing.T) {
	t.Parallel()
	api := looptest.New(t)
	startFunction(t, api)
	id, number := start(t, api, `{"kind": "gameRequested"}`)
	wrong := (number + 1) % 11
	for _, step := range []struct{ event, want string }{
		{guessEvent(id, wrong),
			fmt.Sprintf(`{"kind":"GuessEvaluated","id":"%s","guesses":[%d,null,null],"random_number":%d,"status":"ongoing"}`, id, wrong, number)},
		{guessEvent(id, number),
			fmt.Sprintf(`{"kind":"GameWon","id":"%s","guesses":[%d,%d,null],"random_number":%d,"status":"won"}`, id, wrong, number, number)},
		{fmt.Sprintf(`{"kind": "gameInfoRequested", "id": "%s"}`, id),
			fmt.Sprintf(`{"kind":"GameInfoProvided","id":"%s","guesses":[%d,%d,null],"random_number":%d,"status":"won"}`, id, wrong, number, number)},
	} {
		if got := api.Answer(t, step.event); got != step.want {
			t.Errorf("%s\n got %s\nwant %s", step.event, got, step.want)
		}
	}
}

// Errors leave in Lambda's form: the name once, no stack trace, nothing else.
func TestErrorPayloads(t *testing.T) {
	t.Parallel()
	api := looptest.New(t)
	p := startFunction(t, api)
	id, number := start(t, api, `{"kind":"gameRequested"}`)
	api.Answer(t, guessEvent(id, number))
	const unknown = "00000000-0000-0000-0000-000000000000"
	for _, c := range []struct{ event, want string }{
		{guessEvent(id, 5), fmt.Sprintf(`{"errorMessage":"GameAlreadyFinished: the game \"%s\" is already won; start a new one","errorType":"GameAlreadyFinished"}`, id)},
		{guessEvent(unknown, 5), `{"errorMessage":"GameNotFound: no game has the id \"` + unknown + `\"","errorType":"GameNotFound"}`},
		{`{"kind":"gameInfoRequested","id":"` + unknown + `"}`, `{"errorMessage":"GameNotFound: no game has the id \"` + unknown + `\"","errorType":"GameNotFound"}`},
		{guessEvent(id, 11), `{"errorMessage":"InvalidGuess: guess 11 is out of range; it must be a whole number from 0 to 10","errorType":"InvalidGuess"}`},
		{`{"kind":"gameInfoRequested","id":"x"}`, `{"errorMessage":"InvalidEvent: id \"x\" is not a UUID such as 4ce7c7b8-02bc-40a4-823b-6c7c02b028d3","errorType":"InvalidEvent"}`},
		{`{`, `{"errorMessage":"InvalidEvent: the event is not valid JSON: unexpected end of JSON input at byte 1","errorType":"InvalidEvent"}`},
	} {
		o := api.Do(t, looptest.Invocation{Payload: c.event})
		if o.Path != "error" || o.Body != c.want {
			t.Errorf("%s\n got %s %s\nwant error %s", c.event, o.Path, o.Body, c.want)
		}
	}
	// The process continues.
	start(t, api, `{"kind":"gameRequested"}`)
	p.Stop()
}

func TestSameKeySameGame(t *testing.T) {
	t.Parallel()
	api := looptest.New(t)
	startFunction(t, api)
	const event = `{"kind":"gameRequested","idempotencyKey":"k"}`
	id, number := start(t, api, event)
	again, sameNumber := start(t, api, event)
	if again != id || sameNumber != number {
		t.Errorf("the same key gives game %s with %d, then %s with %d", id, number, again, sameNumber)
	}
	if other, _ := start(t, api, `{"kind":"gameRequested"}`); other == id {
		t.Error("no key gives the same game")
	}
	wrong := (number + 1) % 11
	event1 := fmt.Sprintf(`{"kind":"guessSubmitted","id":"%s","guess":%d,"idempotencyKey":"g"}`, id, wrong)
	first := api.Answer(t, event1)
	api.Answer(t, guessEvent(id, number))
	if got := api.Answer(t, event1); got != first {
		t.Errorf("the same key gives %s, then %s", first, got)
	}
}

// One line for each event, in Lambda's JSON format, with what an operator looks for.
func TestLogLines(t *testing.T) {
	t.Parallel()
	api := looptest.New(t)
	p := startFunction(t, api, "AWS_LAMBDA_LOG_FORMAT=JSON")
	id, number := start(t, api, `{"kind":"gameRequested","requestId":"api-1","extendedRequestId":"ext-1="}`)
	api.Answer(t, guessEvent(id, number))
	api.Do(t, looptest.Invocation{Payload: guessEvent(id, number)})
	api.Do(t, looptest.Invocation{Payload: `{"kind":"gameInfoRequested","id":"x\n"}`})
	p.Stop()
	lines := p.LogLines(t)
	for i, want := range []map[string]any{
		{"level": "INFO", "message": "event handled", "kind": "gameRequested", "outcome": "GameCreated", "coldStart": true, "apiRequestId": "api-1", "apiExtendedRequestId": "ext-1="},
		{"level": "INFO", "message": "event handled", "kind": "guessSubmitted", "outcome": "GameWon", "coldStart": false, "gameId": id},
		{"level": "WARN", "message": "event refused", "kind": "guessSubmitted", "outcome": "GameAlreadyFinished", "gameId": id},
		{"level": "WARN", "message": "event refused", "kind": "invalid", "outcome": "InvalidEvent", "error": `InvalidEvent: id "x\n" is not a UUID such as 4ce7c7b8-02bc-40a4-823b-6c7c02b028d3`},
	} {
		if i >= len(lines) {
			t.Fatalf("%d lines, want 4:\n%s", len(lines), p.Stdout.String())
		}
		for key, value := range want {
			if lines[i][key] != value {
				t.Errorf("line %d: %s is %v, want %v", i, key, lines[i][key], value)
			}
		}
		if id := lines[i]["requestId"]; id != fmt.Sprintf("8476a536-e9f4-11e8-9739-%012d", i+1) {
			t.Errorf("line %d: requestId %v", i, id)
		}
		if lines[i]["timestamp"] == nil {
			t.Errorf("line %d has no timestamp", i)
		}
	}
	if len(lines) != 4 {
		t.Errorf("%d lines, want 4:\n%s", len(lines), p.Stdout.String())
	}
}

// Whatever is played, the function writes the same for every number: two games that differ only
// in the number produce lines that differ only in ids.
func TestTheNumberIsNotWritten(t *testing.T) {
	t.Parallel()
	written := map[int]string{}
	variable := regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}|"timestamp":"[^"]*"|"Timestamp":\d+`)
	for len(written) < 4 {
		api := looptest.New(t)
		p := startFunction(t, api, "AWS_LAMBDA_LOG_FORMAT=JSON", "AWS_LAMBDA_LOG_LEVEL=DEBUG", "AWS_EMF_NAMESPACE=Game")
		id, number := start(t, api, `{"kind":"gameRequested"}`)
		api.Answer(t, guessEvent(id, (number+1)%11))
		api.Answer(t, guessEvent(id, number))
		api.Do(t, looptest.Invocation{Payload: guessEvent(id, number)})
		api.Answer(t, `{"kind":"gameInfoRequested","id":"`+id+`"}`)
		p.Stop()
		written[number] = variable.ReplaceAllString(p.Stdout.String()+p.Stderr.String(), "…")
	}
	var first string
	for number, text := range written {
		if first == "" {
			first = text
		}
		if text != first {
			t.Errorf("with the number %d:\n%s\nwith another:\n%s", number, text, first)
		}
	}
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	api := looptest.New(t)
	p := startFunction(t, api, "AWS_LAMBDA_LOG_FORMAT=JSON", "AWS_LAMBDA_LOG_LEVEL=ERROR", "AWS_EMF_NAMESPACE=Guessing \"Game\"", "AWS_LAMBDA_FUNCTION_NAME=GameFunction")
	won, number := start(t, api, `{"kind":"gameRequested"}`)
	api.Answer(t, guessEvent(won, (number+1)%11)) // no effect
	api.Answer(t, guessEvent(won, number))
	api.Answer(t, `{"kind":"gameInfoRequested","id":"`+won+`"}`)     // nothing
	api.Do(t, looptest.Invocation{Payload: guessEvent(won, number)}) // nothing
	lost, number := start(t, api, `{"kind":"gameRequested"}`)
	for range game.MaxGuesses {
		api.Answer(t, guessEvent(lost, (number+1)%11))
	}
	api.Do(t, looptest.Invocation{Payload: guessEvent(lost, 12)})
	p.Stop()
	var names []string
	for _, line := range p.LogLines(t) {
		var emf struct {
			AWS struct {
				Timestamp         int64
				CloudWatchMetrics []struct {
					Namespace  string
					Dimensions [][]string
					Metrics    []struct{ Name, Unit string }
				}
			} `json:"_aws"`
			FunctionName string
		}
		b, err := json.Marshal(line)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(b, &emf); err != nil {
			t.Fatal(err)
		}
		d := emf.AWS.CloudWatchMetrics[0]
		if emf.AWS.Timestamp < 1_700_000_000_000 || d.Namespace != `Guessing "Game"` || emf.FunctionName != "GameFunction" ||
			fmt.Sprint(d.Dimensions) != "[[FunctionName]]" || d.Metrics[0].Unit != "Count" {
			t.Errorf("%s", b)
		}
		if name := d.Metrics[0].Name; line[name] != 1.0 {
			t.Errorf("%s does not count %s", b, name)
		} else {
			names = append(names, name)
		}
	}
	if got := strings.Join(names, " "); got != "GamesStarted GamesWon GamesStarted GamesLost InvalidGuesses" {
		t.Errorf("metrics %s", got)
	}
}

// A Runtime API that goes away after an event, as that of sam local invoke does, is the end and not
// an error. One that never existed is an error.
func TestTheAPIGoesAway(t *testing.T) {
	t.Parallel()
	for _, served := range []bool{true, false} {
		api := looptest.New(t)
		p := startFunction(t, api)
		if served {
			start(t, api, `{"kind":"gameRequested"}`)
		}
		api.Waiting(t)
		api.Listener.Close()
		api.CloseClientConnections()
		code := p.ExitCode(t)
		if said := strings.Contains(p.Stdout.String(), "the function ends"); served != (code == 0) || served == said {
			t.Errorf("after an event: %v; exit status %d, and it said\n%s", served, code, &p.Stdout)
		}
	}
}

func TestOutsideOfLambda(t *testing.T) {
	t.Parallel()
	p := looptest.StartAt(t, "", asFunction+"=game")
	if code := p.ExitCode(t); code != 2 {
		t.Errorf("exit code %d, want 2", code)
	}
	if !strings.Contains(p.Stderr.String(), "AWS_LAMBDA_RUNTIME_API") || strings.Contains(p.Stderr.String(), "panic") {
		t.Errorf("it says %q", p.Stderr.String())
	}
}

// DynamoDB is reached over TLS, with the system's certificates, and each event's outcome comes from
// its response.
func TestDynamoDBOverTLS(t *testing.T) {
	t.Parallel()
	var requests atomic.Int64
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		if r.Header.Get("X-Amz-Security-Token") != "token" || !strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential=AKID/") {
			t.Errorf("headers %v", r.Header)
		}
		io.WriteString(w, `{}`)
	}))
	t.Cleanup(srv.Close)
	certificates := filepath.Join(t.TempDir(), "roots.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw})
	if err := os.WriteFile(certificates, block, 0o600); err != nil {
		t.Fatal(err)
	}
	api := looptest.New(t)
	startFunction(t, api, "TABLE_NAME=games", "AWS_REGION=eu-north-1", "AWS_ACCESS_KEY_ID=AKID", "AWS_SECRET_ACCESS_KEY=secret",
		"AWS_SESSION_TOKEN=token", "AWS_ENDPOINT_URL_DYNAMODB="+srv.URL, "SSL_CERT_FILE="+certificates)
	for range 3 {
		start(t, api, `{"kind":"gameRequested"}`)
	}
	if n := requests.Load(); n != 3 {
		t.Errorf("%d requests for 3 events", n)
	}
}

// A function that cannot start says why, to Lambda and in its log.
func TestInitErrors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		env  []string
		want string
	}{
		{"no region", []string{"TABLE_NAME=games"}, "AWS_REGION is not set"},
		{"no region, standard loop", []string{"TABLE_NAME=games", "LAMBDA_LOOP=standard"}, "AWS_REGION is not set"},
		{"a loop that is none", []string{"LAMBDA_LOOP=fast"}, `LAMBDA_LOOP is "fast"; it must be "standard" or not set`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			api := looptest.New(t)
			p := startFunction(t, api, append(c.env, "AWS_LAMBDA_LOG_FORMAT=JSON")...)
			if code := p.ExitCode(t); code != 1 {
				t.Errorf("exit code %d, want 1", code)
			}
			o := <-api.Outcomes
			var got messages.InvokeResponse_Error
			if err := json.Unmarshal([]byte(o.Body), &got); err != nil {
				t.Fatal(err)
			}
			if o.Path != "init/error" || got.Type != "ConfigurationError" || !strings.HasPrefix(got.Message, "ConfigurationError: ") || !strings.Contains(got.Message, c.want) ||
				o.Header.Get("Lambda-Runtime-Function-Error-Type") != "ConfigurationError" {
				t.Errorf("%s %s", o.Path, o.Body)
			}
			if lines := p.LogLines(t); len(lines) != 1 || !strings.Contains(fmt.Sprint(lines[0]["error"]), c.want) {
				t.Errorf("log %v", lines)
			}
		})
	}
}
