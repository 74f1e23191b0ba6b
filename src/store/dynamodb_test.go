package store_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"example.com/guessing-game/src/game"
	"example.com/guessing-game/src/store"
	"example.com/guessing-game/src/store/storetest"
)

// These tests look at the wire: requests, and the effect of odd responses. The tests with the tag
// e2e show that DynamoDB understands the expressions.

// fake is a DynamoDB that returns the responses of a list, the last one repeatedly.
type fake struct {
	*httptest.Server
	mu       sync.Mutex
	answers  []http.HandlerFunc
	requests []*http.Request
	bodies   []string
}

func newFake(t *testing.T, answers ...http.HandlerFunc) *fake {
	f := &fake{answers: answers}
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		f.mu.Lock()
		f.requests = append(f.requests, r)
		f.bodies = append(f.bodies, string(body))
		answer := f.answers[0]
		if len(f.answers) > 1 {
			f.answers = f.answers[1:]
		}
		f.mu.Unlock()
		answer(w, r)
	}))
	t.Cleanup(f.Close)
	return f
}

func (f *fake) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.requests)
}

// open makes a store on the fake; calls, if not nil, gets each call.
func (f *fake) open(calls *[]store.Call) *store.DynamoDB { return store.NewPatient(f.config(calls)) }

func (f *fake) config(calls *[]store.Call) store.Config {
	c := store.Config{
		Table:       "games",
		Region:      "eu-north-1",
		Endpoint:    f.URL,
		Credentials: aws.Credentials{AccessKeyID: "AKID", SecretAccessKey: "secret", SessionToken: "token"},
		Now:         func() time.Time { return time.Unix(1_800_000_000, 0) },
	}
	if calls != nil {
		c.Begin = func(_ context.Context, operation string) func(store.Call) {
			return func(c store.Call) {
				if c.Operation != operation {
					panic(c.Operation + " ends " + operation)
				}
				*calls = append(*calls, c)
			}
		}
	}
	return c
}

// answer is a response in DynamoDB's form.
func answer(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		w.Header().Set("X-Amzn-Requestid", "REQUEST1")
		w.Header().Set("X-Amz-Crc32", fmt.Sprint(crc32.ChecksumIEEE([]byte(body))))
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

func failure(status int, code string) http.HandlerFunc {
	return answer(status, `{"__type":"com.amazonaws.dynamodb.v20120810#`+code+`","message":"why"}`)
}

func refusal(item string) http.HandlerFunc {
	return answer(400, `{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","message":"The conditional request failed","Item":`+item+`}`)
}

const someID = "4ce7c7b8-02bc-40a4-823b-6c7c02b028d3"

func someGame(t *testing.T) game.Game {
	t.Helper()
	id, err := game.ParseID(someID)
	if err != nil {
		t.Fatal(err)
	}
	g, err := game.Restore(id, 7, nil)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func someGuess(t *testing.T, n int) game.Guess {
	t.Helper()
	g, err := game.NewGuess(n)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func key(t *testing.T, s string) game.Key {
	t.Helper()
	k, err := game.ParseKey(s)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// name is the stable name of an error, "other" if it has none.
func name(err error) string {
	var e *game.Error
	switch {
	case err == nil:
		return ""
	case errors.As(err, &e):
		return string(e.Name)
	}
	return "other"
}

func TestRequestsAreSignedAndTyped(t *testing.T) {
	t.Parallel()
	f := newFake(t, answer(200, "{}"))
	if _, err := f.open(nil).Create(t.Context(), someGame(t)); err != nil {
		t.Fatal(err)
	}
	r := f.requests[0]
	for header, want := range map[string]string{
		"Content-Type":         "application/x-amz-json-1.0",
		"X-Amz-Target":         "DynamoDB_20120810.PutItem",
		"X-Amz-Security-Token": "token",
		"X-Amz-Date":           "20270115T080000Z",
	} {
		if got := r.Header.Get(header); got != want {
			t.Errorf("%s: %q, want %q", header, got, want)
		}
	}
	const auth = "AWS4-HMAC-SHA256 Credential=AKID/20270115/eu-north-1/dynamodb/aws4_request, SignedHeaders=content-length;content-type;host;x-amz-date;x-amz-security-token;x-amz-target, Signature="
	if got := r.Header.Get("Authorization"); !strings.HasPrefix(got, auth) {
		t.Errorf("Authorization %s, want %s…", got, auth)
	}
	var body struct {
		TableName string
		Item      map[string]map[string]any
	}
	if err := json.Unmarshal([]byte(f.bodies[0]), &body); err != nil {
		t.Fatal(err)
	}
	want := `map[created_at:map[N:1800000000] expires_at:map[N:1800604800] guess_keys:map[L:[]] guesses:map[L:[]] ` +
		`id:map[S:4ce7c7b8-02bc-40a4-823b-6c7c02b028d3] random_number:map[N:7] schema_version:map[N:2]]`
	if got := fmt.Sprint(body.Item); body.TableName != "games" || got != want {
		t.Errorf("table %s, item\n     %s\nwant %s", body.TableName, got, want)
	}
}

func TestReadsAreConsistent(t *testing.T) {
	t.Parallel()
	f := newFake(t, answer(200, "{}"))
	if _, err := f.open(nil).Get(t.Context(), someGame(t).ID()); name(err) != "GameNotFound" {
		t.Error(err)
	}
	const want = `{"TableName":"games","Key":{"id":{"S":"4ce7c7b8-02bc-40a4-823b-6c7c02b028d3"}},"ConsistentRead":true}`
	if f.bodies[0] != want {
		t.Errorf("sent %s, want %s", f.bodies[0], want)
	}
}

// What DynamoDB's failures become, and how often each is tried.
func TestFaults(t *testing.T) {
	t.Parallel()
	hangUp := func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	for _, c := range []struct {
		name      string
		answer    http.HandlerFunc
		attempts  int
		throttled bool
		cause     string
	}{
		{"throttled table", failure(400, "ProvisionedThroughputExceededException"), 3, true, "ProvisionedThroughputExceededException: why"},
		{"throttled API", failure(400, "ThrottlingException"), 3, true, "ThrottlingException"},
		{"throttled account", failure(400, "RequestLimitExceeded"), 3, true, "RequestLimitExceeded"},
		{"429", answer(429, "slow down"), 3, true, "HTTP status 429"},
		{"internal error", failure(500, "InternalServerError"), 3, false, "InternalServerError"},
		{"a proxy's page", answer(503, "<html>"), 3, false, "HTTP status 503"},
		{"connection closed", hangUp, 3, false, "EOF"},
		{"half an answer", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			io.WriteString(w, `{"Item":{`)
		}, 3, false, "unexpected EOF"},
		{"a damaged answer", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Amz-Crc32", "1")
			io.WriteString(w, `{}`)
		}, 3, false, "checksum"},
		{"not JSON", answer(200, "<html>"), 3, false, "malformed JSON"},
		{"an endless answer", answer(200, `{"Item":{"id":{"S":"`+strings.Repeat("x", 70_000)), 3, false, "more than 65536 bytes"},
		{"missing table", failure(400, "ResourceNotFoundException"), 1, false, "ResourceNotFoundException"},
		{"access denied", failure(400, "AccessDeniedException"), 1, false, "AccessDeniedException"},
		{"clock off", failure(400, "InvalidSignatureException"), 1, false, "InvalidSignatureException"},
		{"expired token", failure(400, "ExpiredTokenException"), 1, false, "ExpiredTokenException"},
		{"unknown key", failure(400, "UnrecognizedClientException"), 1, false, "UnrecognizedClientException"},
		{"redirect", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/x", http.StatusFound) }, 1, false, "HTTP status 302"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var calls []store.Call
			f := newFake(t, c.answer)
			db := f.open(&calls)
			g := someGame(t)
			_, create := db.Create(t.Context(), g)
			_, guess := db.Guess(t.Context(), g.ID(), someGuess(t, 5), game.Key{})
			_, get := db.Get(t.Context(), g.ID())
			for i, err := range []error{create, guess, get} {
				if name(err) != "StoreUnavailable" {
					t.Errorf("error %v, want StoreUnavailable", err)
					continue
				}
				if strings.Contains(err.Error(), c.cause) {
					t.Errorf("the public error tells the cause: %v", err)
				}
				if cause := errors.Unwrap(err); cause == nil || !strings.Contains(cause.Error(), c.cause) {
					t.Errorf("cause %v, want %s", cause, c.cause)
				}
				call := calls[i]
				if call.Retries != c.attempts-1 || call.Throttled != c.throttled || call.Err == nil || call.Table != "games" || call.Region != "eu-north-1" {
					t.Errorf("told of the call: %+v", call)
				}
			}
			if got := f.count(); got != 3*c.attempts {
				t.Errorf("%d requests, want %d for each of three calls", got, c.attempts)
			}
		})
	}
}

func TestAFaultThatPasses(t *testing.T) {
	t.Parallel()
	var calls []store.Call
	f := newFake(t, failure(500, "InternalServerError"), answer(200, `{"Item":`+itemWith("")+`}`))
	got, err := f.open(&calls).Get(t.Context(), someGame(t).ID())
	if err != nil || got != someGame(t) {
		t.Errorf("got %v, %v", got, err)
	}
	if c := calls[0]; c.Retries != 1 || c.Status != 200 || c.RequestID != "REQUEST1" || c.Err != nil {
		t.Errorf("told of the call: %+v", c)
	}
}

// The key that a guess without one gets is the same in every attempt, and differs between guesses.
func TestAttemptsShareAKey(t *testing.T) {
	t.Parallel()
	f := newFake(t, failure(500, "InternalServerError"))
	db := f.open(nil)
	for range 2 {
		db.Guess(t.Context(), someGame(t).ID(), someGuess(t, 5), game.Key{})
	}
	var keys []string
	for _, body := range f.bodies {
		var r struct {
			ExpressionAttributeValues map[string]struct{ S string }
		}
		if err := json.Unmarshal([]byte(body), &r); err != nil {
			t.Fatal(err)
		}
		keys = append(keys, r.ExpressionAttributeValues[":key"].S)
	}
	if len(keys) != 6 || keys[0] != keys[1] || keys[0] != keys[2] || keys[3] != keys[4] || keys[0] == keys[3] || !strings.HasPrefix(keys[0], "auto:") {
		t.Errorf("keys %q", keys)
	}
}

// A store that hangs leaves the function time to report it.
func TestTheEventsDeadlineIsKept(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	f := newFake(t, func(http.ResponseWriter, *http.Request) { <-release })
	defer close(release)
	inTime := 0
	for range 10 { // a busy machine may be late, but not always
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		_, err := f.open(nil).Get(ctx, someGame(t).ID())
		if ctx.Err() == nil {
			inTime++
		}
		cancel()
		if cause := errors.Unwrap(err); name(err) != "StoreUnavailable" || cause == nil {
			t.Errorf("error %v, cause %v", err, cause)
		} else if inTime > 0 {
			if !strings.Contains(cause.Error(), "no response from DynamoDB in time") {
				t.Errorf("cause %v", cause)
			}
			return
		}
	}
	t.Error("the event's own time is always over before the answer")
}

// itemWith is an item with the number 7 and with these members added or replaced.
func itemWith(members string) string {
	it := map[string]any{
		"id":             map[string]any{"S": someID},
		"schema_version": map[string]any{"N": "2"},
		"random_number":  map[string]any{"N": "7"},
		"guesses":        map[string]any{"L": []any{}},
		"guess_keys":     map[string]any{"L": []any{}},
		"created_at":     map[string]any{"N": "1800000000"},
		"expires_at":     map[string]any{"N": "1800604800"},
	}
	var more map[string]any
	if err := json.Unmarshal([]byte("{"+members+"}"), &more); err != nil {
		panic(err)
	}
	for name, value := range more {
		it[name] = value
		if value == nil {
			delete(it, name)
		}
	}
	b, _ := json.Marshal(it)
	return string(b)
}

func TestItems(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, members string
		guesses       []int
		want          string // the error's name
	}{
		{"fresh", ``, nil, ""},
		{"with guesses", `"guesses":{"L":[{"N":"0"},{"N":"10"}]},"guess_keys":{"L":[{"S":"key:a"},{"S":"auto:b"}]}`, []int{0, 10}, ""},
		{"the oldest version", `"schema_version":null,"created_at":null,"expires_at":null,"guess_keys":null,"guesses":{"L":[{"N":"1"}]}`, []int{1}, ""},
		{"with attributes of somebody else", `"note":{"M":{"a":{"BOOL":true}}}`, nil, ""},
		{"at its end", `"expires_at":{"N":"1800000000"}`, nil, "GameNotFound"},
		{"a second before its end", `"expires_at":{"N":"1800000001"}`, nil, ""},
		{"a newer version", `"schema_version":{"N":"3"}`, nil, "StoreUnavailable"},
		{"without a number", `"random_number":null`, nil, "other"},
		{"with a fractional number", `"random_number":{"N":"7.5"}`, nil, "other"},
		{"with a number out of range", `"random_number":{"N":"11"}`, nil, "other"},
		{"with a textual number", `"random_number":{"S":"7"}`, nil, "other"},
		{"without guesses", `"guesses":null`, nil, "other"},
		{"with a textual guess", `"guesses":{"L":[{"S":"1"}]}`, nil, "other"},
		{"with four guesses", `"guesses":{"L":[{"N":"1"},{"N":"2"},{"N":"3"},{"N":"4"}]}`, nil, "other"},
		{"with more keys than guesses", `"guess_keys":{"L":[{"S":"key:a"}]}`, nil, "other"},
		{"with a key of another type", `"guesses":{"L":[{"N":"1"}]},"guess_keys":{"L":[{"N":"1"}]}`, nil, "other"},
		{"with a textual end", `"expires_at":{"S":"never"}`, nil, "other"},
		{"with a textual version", `"schema_version":{"S":"x"}`, nil, "other"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, answer(200, `{"Item":`+itemWith(c.members)+`}`))
			got, err := f.open(nil).Get(t.Context(), someGame(t).ID())
			if name(err) != c.want {
				t.Fatalf("error %v, want %s", err, c.want)
			}
			if err != nil {
				if c.want == "other" && strings.Contains(strings.ReplaceAll(err.Error(), someID, ""), "7") {
					t.Errorf("the error may tell the number: %v", err)
				}
				return
			}
			want, err := game.Restore(someGame(t).ID(), 7, c.guesses)
			if err != nil || got != want {
				t.Errorf("got %v with %v", got, got.Guesses())
			}
		})
	}
}

// The old item of a refused guess shows why it was refused.
func TestRefusedGuesses(t *testing.T) {
	t.Parallel()
	const guesses = `"guesses":{"L":[{"N":"1"},{"N":"2"}]},"guess_keys":{"L":[{"S":"key:a"},{"S":"key:b"}]}`
	for _, c := range []struct {
		name, item, key string
		guesses         []int
		want            string
	}{
		{"past its life", itemWith(`"expires_at":{"N":"1800000000"}`), "", nil, "GameNotFound"},
		{"won", itemWith(`"guesses":{"L":[{"N":"7"}]}`), "", nil, "GameAlreadyFinished"},
		{"the first key again", itemWith(guesses), "a", []int{1}, ""},
		{"the second key again", itemWith(guesses), "b", []int{1, 2}, ""},
		{"a key of a game that an older version began", itemWith(`"guesses":{"L":[{"N":"1"},{"N":"2"}]},"guess_keys":{"L":[{"S":"key:b"}]}`), "b", []int{1, 2}, ""},
		{"a key that looks like one of ours", itemWith(`"guesses":{"L":[{"N":"7"}]},"guess_keys":{"L":[{"S":"auto:x"}]}`), "auto:x", nil, "GameAlreadyFinished"},
		{"a newer version", itemWith(`"schema_version":{"N":"3"}`), "", nil, "StoreUnavailable"},
		{"for no reason", itemWith(``), "", nil, "other"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, refusal(c.item))
			var calls []store.Call
			got, err := f.open(&calls).Guess(t.Context(), someGame(t).ID(), someGuess(t, 5), key(t, c.key))
			if name(err) != c.want {
				t.Fatalf("error %v, want %s", err, c.want)
			}
			if err == nil {
				if want, _ := game.Restore(someGame(t).ID(), 7, c.guesses); got != want {
					t.Errorf("got %v with %v", got, got.Guesses())
				}
			}
			if f.count() != 1 || calls[0].Err != nil {
				t.Errorf("%d requests, told of %+v", f.count(), calls)
			}
		})
	}
}

// A store that refuses a condition without returning the item, or updates without
// returning it, is never mistaken for one without the game.
func TestAnswersWithoutTheItem(t *testing.T) {
	t.Parallel()
	create := func(db *store.DynamoDB) error {
		_, err := db.Create(t.Context(), someGame(t))
		return err
	}
	guess := func(db *store.DynamoDB) error {
		_, err := db.Guess(t.Context(), someGame(t).ID(), someGuess(t, 5), game.Key{})
		return err
	}
	bare := failure(400, "ConditionalCheckFailedException")
	for _, c := range []struct {
		name     string
		call     func(db *store.DynamoDB) error
		answers  []http.HandlerFunc
		want     string
		requests int
	}{
		{"guess, no such game", guess, []http.HandlerFunc{bare, answer(200, `{}`)}, "GameNotFound", 2},
		{"guess, an empty item", guess, []http.HandlerFunc{refusal(`{}`), answer(200, `{}`)}, "GameNotFound", 2},
		{"guess, the game is there", guess, []http.HandlerFunc{bare, answer(200, `{"Item":`+itemWith("")+`}`)}, "StoreUnavailable", 2},
		{"guess, then no answer", guess, []http.HandlerFunc{bare, failure(500, "InternalServerError")}, "StoreUnavailable", 4},
		{"guess, then null", guess, []http.HandlerFunc{bare, answer(200, `null`)}, "StoreUnavailable", 4},
		{"guess, an update without the item", guess, []http.HandlerFunc{answer(200, `{}`)}, "StoreUnavailable", 1},
		{"create", create, []http.HandlerFunc{bare}, "StoreUnavailable", 1},
	} {
		f := newFake(t, c.answers...)
		if err := c.call(f.open(nil)); name(err) != c.want || f.count() != c.requests {
			t.Errorf("%s: got %v after %d requests, want %s after %d", c.name, err, f.count(), c.want, c.requests)
		}
	}
}

// Broken JSON is not quoted: the place where it breaks may be the number.
func TestMalformedAnswerIsNotQuoted(t *testing.T) {
	t.Parallel()
	f := newFake(t, answer(200, `{"Item":{"random_number":{"N" 7}}}`))
	_, err := f.open(nil).Get(t.Context(), someGame(t).ID())
	if cause := errors.Unwrap(err); name(err) != "StoreUnavailable" || cause == nil || strings.Contains(cause.Error(), "'7'") {
		t.Errorf("error %v, cause %v", err, cause)
	}
}

func TestConfigFromEnv(t *testing.T) {
	t.Parallel()
	full := map[string]string{
		"AWS_REGION": "eu-north-1", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": "t",
	}
	for _, c := range []struct {
		name       string
		set        map[string]string
		wantRegion string
		wantURL    string
		wantError  string
	}{
		{"in Lambda", nil, "eu-north-1", "", ""},
		{"local", map[string]string{"AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:8000", "AWS_ENDPOINT_URL": "http://other"}, "eu-north-1", "http://127.0.0.1:8000", ""},
		{"local for every service", map[string]string{"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"}, "eu-north-1", "http://127.0.0.1:4566", ""},
		{"the other region variable", map[string]string{"AWS_REGION": "", "AWS_DEFAULT_REGION": "us-east-1"}, "us-east-1", "", ""},
		{"no region", map[string]string{"AWS_REGION": ""}, "", "", "AWS_REGION is not set"},
		{"no key", map[string]string{"AWS_ACCESS_KEY_ID": ""}, "", "", "AWS_ACCESS_KEY_ID is not set"},
		{"no secret", map[string]string{"AWS_SECRET_ACCESS_KEY": ""}, "", "", "AWS_SECRET_ACCESS_KEY is not set"},
		{"endpoint without a scheme", map[string]string{"AWS_ENDPOINT_URL_DYNAMODB": "127.0.0.1:8000"}, "", "", `AWS_ENDPOINT_URL_DYNAMODB is "127.0.0.1:8000"; it must be a URL`},
	} {
		got, err := store.ConfigFromEnv("games", func(name string) string {
			if value, ok := c.set[name]; ok {
				return value
			}
			return full[name]
		})
		if c.wantError != "" {
			if err == nil || !strings.Contains(err.Error(), c.wantError) {
				t.Errorf("%s: error %v, want %s", c.name, err, c.wantError)
			}
			continue
		}
		if err != nil || got.Table != "games" || got.Region != c.wantRegion || got.Endpoint != c.wantURL || got.Credentials.SessionToken != "t" {
			t.Errorf("%s: %+v, %v", c.name, got, err)
		}
	}
}

func TestRegionsEndpoints(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ region, endpoint, want string }{
		{"eu-north-1", "", "https://dynamodb.eu-north-1.amazonaws.com/"},
		{"us-gov-west-1", "", "https://dynamodb.us-gov-west-1.amazonaws.com/"},
		{"cn-north-1", "", "https://dynamodb.cn-north-1.amazonaws.com.cn/"},
		{"cn-north-1", "http://127.0.0.1:8000", "http://127.0.0.1:8000/"},
		{"eu-north-1", "http://127.0.0.1:8000/", "http://127.0.0.1:8000/"},
	} {
		if got := store.Endpoint(store.Config{Region: c.region, Endpoint: c.endpoint}); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}

func BenchmarkDynamoDBGuess(b *testing.B) {
	srv := httptest.NewServer(answer(200, `{"Attributes":`+itemWith(`"guesses":{"L":[{"N":"5"}]},"guess_keys":{"L":[{"S":"auto:x"}]}`)+`}`))
	defer srv.Close()
	db := store.NewDynamoDB(store.Config{Table: "games", Region: "eu-north-1", Endpoint: srv.URL, Now: time.Now,
		Credentials: aws.Credentials{AccessKeyID: "a", SecretAccessKey: "s"}})
	g := storetest.NewGame(b, 7)
	guess, err := game.NewGuess(5)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := db.Guess(b.Context(), g.ID(), guess, game.Key{}); err != nil {
			b.Fatal(err)
		}
	}
}

// Whatever an item contains, reading it results in a game that obeys the rules or in an error.
func FuzzItem(f *testing.F) {
	for _, members := range []string{``, `"guesses":{"L":[{"N":"7"}]},"guess_keys":{"L":[{"S":"key:a"}]}`, `"random_number":{"N":"1e1"}`, `"guesses":{"S":"x"}`, `"expires_at":{"N":"99999999999999999999"}`} {
		f.Add([]byte(itemWith(members)))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		id := someGame(t).ID()
		g, err := store.DecodeItem(id, text)
		if err != nil {
			return
		}
		var guesses []int
		for _, guess := range g.Guesses() {
			guesses = append(guesses, guess.Int())
		}
		if again, err := game.Restore(id, g.Number().Reveal(), guesses); err != nil || again != g {
			t.Errorf("%v with %v: %v", g, guesses, err)
		}
	})
}
