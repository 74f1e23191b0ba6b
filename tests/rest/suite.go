// Package rest checks the game's REST API against its contract, wherever it is served: by apigw,
// by sam local start-api, by apigw in front of sam local start-lambda, or by AWS.
package rest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// Target is a served REST API.
type Target struct {
	// URL is the root of the API and ends in a slash: http://127.0.0.1:3000/prod/.
	URL string
	// Altered names the cases in which the server between the client and the API responds
	// differently, with the reason. They are reported and left out; a name that is not a case fails
	// the suite.
	Altered map[string]string
}

// Links are the links of a response.
type Links struct {
	Status struct{ Method, Link string }
	Guess  struct {
		Method, Link string
		Body         json.RawMessage
	}
}

// Answer is the API's response to a request.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte

	// Of a success:
	Game struct {
		ID      string
		Guesses []*int
		Status  string
	}
	Links Links
	// Of an error, in the form of RFC 9457:
	Problem struct {
		Type, Title, Code, Detail string
		Status                    int
	}
}

// A Client plays against a target.
type Client struct {
	t      testing.TB
	target *url.URL
	http   *http.Client
}

// NewClient makes a client for the API at root.
func NewClient(t testing.TB, root string) *Client {
	t.Helper()
	u, err := url.Parse(root)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	t.Cleanup(transport.CloseIdleConnections)
	return &Client{t, u, &http.Client{Transport: transport, Timeout: 60 * time.Second}}
}

// Do sends one request. A path that starts with a slash is taken as a link, any other is below the
// root; it is sent unchanged, so that a test controls every percent sign. header holds "Name:
// value" lines.
func (c *Client) Do(method, path string, body string, header ...string) Answer {
	c.t.Helper()
	if !strings.HasPrefix(path, "/") {
		path = c.target.Path + path
	}
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	r, err := http.NewRequest(method, c.target.Scheme+"://"+c.target.Host, reader)
	if err != nil {
		c.t.Fatal(err)
	}
	r.URL.Opaque = path
	for _, line := range header {
		name, value, _ := strings.Cut(line, ":")
		r.Header[name] = append(r.Header[name], strings.TrimSpace(value))
	}
	resp, err := c.http.Do(r)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer resp.Body.Close()
	a := Answer{Status: resp.StatusCode, Header: resp.Header}
	if a.Body, err = io.ReadAll(resp.Body); err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	switch mediaType(resp.Header) {
	case "application/json":
		if a.Status < 300 && len(a.Body) > 0 {
			if err := json.Unmarshal(a.Body, &a); err != nil {
				c.t.Fatalf("%s %s answered %d and no JSON: %v\n%s", method, path, a.Status, err, a.Body)
			}
		}
	case "application/problem+json":
		if err := json.Unmarshal(a.Body, &a.Problem); err != nil {
			c.t.Fatalf("%s %s answered %d and no JSON: %v\n%s", method, path, a.Status, err, a.Body)
		}
	}
	if bytes.Contains(a.Body, []byte("random_number")) {
		c.t.Errorf("%s %s gives the number away: %s", method, path, a.Body)
	}
	return a
}

func mediaType(h http.Header) string {
	m, _, _ := strings.Cut(h.Get("Content-Type"), ";")
	return m
}

const asJSON = "Content-Type: application/json"

// NewGame starts a game.
func (c *Client) NewGame(header ...string) Answer {
	c.t.Helper()
	a := c.Do("POST", "games", "", append(header, asJSON)...)
	if a.Status != http.StatusCreated {
		c.t.Fatalf("POST games: %d %s", a.Status, a.Body)
	}
	return a
}

// Guess makes a guess in the game of an earlier response.
func (c *Client) Guess(game Answer, n int, header ...string) Answer {
	c.t.Helper()
	return c.Do(game.Links.Guess.Method, game.Links.Guess.Link, fmt.Sprintf(`{"guess":%d}`, n), append(header, asJSON)...)
}

// Finished plays games until one ends with the status won or lost. Three of eleven numbers win,
// so a hundred games without either outcome are practically impossible.
func (c *Client) Finished(status string) Answer {
	c.t.Helper()
	for range 100 {
		a := c.NewGame()
		for n := 3; a.Game.Status == "ongoing" && n < 6; n++ {
			if a = c.Guess(a, n); a.Status != http.StatusOK {
				c.t.Fatalf("guess %d: %d %s", n, a.Status, a.Body)
			}
		}
		if a.Game.Status == status {
			return a
		}
	}
	c.t.Fatalf("no game of a hundred was %s", status)
	panic("unreachable")
}

var uuid = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[48][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

// CheckSuccess checks the body of a response against the exact shape that the design gives it.
func (c *Client) CheckSuccess(a Answer, status int, state string, guesses string) {
	c.t.Helper()
	if a.Status != status || mediaType(a.Header) != "application/json" {
		c.t.Fatalf("got %d %s, want %d application/json\n%s", a.Status, a.Header.Get("Content-Type"), status, a.Body)
	}
	if !uuid.MatchString(a.Game.ID) {
		c.t.Errorf("the id %q is no UUID", a.Game.ID)
	}
	link := c.target.Path + "games/" + a.Game.ID
	want := fmt.Sprintf(`{"game":{"id":%q,"guesses":%s,"status":%q},"links":{"status":{"method":"GET","link":%q},`+
		`"guess":{"method":"POST","link":%q,"body":{"type":"object","properties":{"guess":{"type":"integer","minimum":0,"maximum":10}}}}}}`,
		a.Game.ID, guesses, state, link, link)
	var got bytes.Buffer
	if err := json.Compact(&got, a.Body); err != nil {
		c.t.Fatal(err)
	}
	if got.String() != want {
		c.t.Errorf("got  %s\nwant %s", got.String(), want)
	}
	if origin := a.Header.Get("Access-Control-Allow-Origin"); origin != "*" {
		c.t.Errorf("Access-Control-Allow-Origin: %q, want *", origin)
	}
}

// CheckProblem checks an error response for its status, code, and a detail that contains some
// words.
func (c *Client) CheckProblem(a Answer, status int, code, detail string) {
	c.t.Helper()
	if a.Status != status || a.Header.Get("Content-Type") != "application/problem+json" {
		c.t.Fatalf("got %d %s, want %d application/problem+json\n%s", a.Status, a.Header.Get("Content-Type"), status, a.Body)
	}
	p := a.Problem
	if p.Type != "about:blank" || p.Title != http.StatusText(status) || p.Status != status || p.Code != code || !strings.Contains(p.Detail, detail) {
		c.t.Errorf("got %s\nwant title %q, status %d, code %q, detail with %q", a.Body, http.StatusText(status), status, code, detail)
	}
	if origin := a.Header.Get("Access-Control-Allow-Origin"); origin != "*" {
		c.t.Errorf("Access-Control-Allow-Origin: %q, want *", origin)
	}
}

// Suite runs every case against the target.
func Suite(t *testing.T, target Target) {
	names := map[string]bool{}
	run := func(name string, f func(t *testing.T, c *Client)) {
		names[name] = true
		if reason, ok := target.Altered[name]; ok {
			t.Logf("%s: left out, since %s", name, reason)
			return
		}
		t.Run(name, func(t *testing.T) { f(t, NewClient(t, target.URL)) })
	}

	run("a new game", func(t *testing.T, c *Client) {
		a := c.NewGame()
		c.CheckSuccess(a, 201, "ongoing", "[null,null,null]")
		if got := a.Header.Get("Location"); got != a.Links.Status.Link {
			t.Errorf("Location: %q, want %q", got, a.Links.Status.Link)
		}
	})
	run("a new game with a trailing slash", func(t *testing.T, c *Client) {
		c.CheckSuccess(c.Do("POST", "games/", "", asJSON), 201, "ongoing", "[null,null,null]")
	})
	run("a new game without a content type", func(t *testing.T, c *Client) {
		c.CheckSuccess(c.Do("POST", "games", ""), 201, "ongoing", "[null,null,null]")
	})
	run("a header without a value", func(t *testing.T, c *Client) {
		c.CheckSuccess(c.Do("POST", "games", "", "X-Empty:", "Idempotency-Key:"), 201, "ongoing", "[null,null,null]")
	})
	run("the links lead to the game", func(t *testing.T, c *Client) {
		a := c.NewGame()
		c.CheckSuccess(c.Do(a.Links.Status.Method, a.Links.Status.Link, ""), 200, "ongoing", "[null,null,null]")
		c.CheckSuccess(c.Do("GET", "games/"+a.Game.ID+"/", ""), 200, "ongoing", "[null,null,null]")
	})
	run("a game is lost after three wrong guesses", func(t *testing.T, c *Client) {
		a := c.Finished("lost")
		c.CheckSuccess(a, 200, "lost", "[3,4,5]")
		c.CheckSuccess(c.Do("GET", a.Links.Status.Link, ""), 200, "lost", "[3,4,5]")
		c.CheckProblem(c.Guess(a, 6), 409, "GameAlreadyFinished", "start a new")
	})
	run("a game is won by the right guess", func(t *testing.T, c *Client) {
		a := c.Finished("won")
		c.CheckProblem(c.Guess(a, 6), 409, "GameAlreadyFinished", "start a new")
	})
	run("a guess is counted", func(t *testing.T, c *Client) {
		for {
			a := c.Guess(c.NewGame(), 0)
			if a.Game.Status == "ongoing" {
				c.CheckSuccess(a, 200, "ongoing", "[0,null,null]")
				return
			}
		}
	})

	for name, body := range map[string]string{
		"above ten": `{"guess":11}`, "below zero": `{"guess":-1}`, "fractional": `{"guess":5.5}`, "textual": `{"guess":"5"}`,
		"null": `{"guess":null}`, "missing": `{}`, "no object": `[5]`, "not JSON": `five`, "half JSON": `{"guess":`, "empty": "",
		"with a second document behind": `{"guess":5}{"guess":6}`, "huge": `{"guess":1e400}`,
	} {
		run("an invalid guess: "+name, func(t *testing.T, c *Client) {
			c.CheckProblem(c.Do("POST", c.NewGame().Links.Guess.Link, body, asJSON), 400, "InvalidGuess", "whole number from 0 to 10")
		})
	}
	run("an unknown game", func(t *testing.T, c *Client) {
		const id = "4ce7c7b8-02bc-40a4-823b-6c7c02b028d3"
		c.CheckProblem(c.Do("GET", "games/"+id, ""), 404, "GameNotFound", id)
		c.CheckProblem(c.Do("POST", "games/"+id, `{"guess":5}`, asJSON), 404, "GameNotFound", id)
	})
	for name, id := range map[string]string{
		"a number": "42", "quotes": `%22%7D%2C%7B%22`, "a quote as it stands": `'"`, "a NUL": "%00", "a slash": "a%2Fb", "traversal": "..%2F..",
		"VTL": "$input.json('$')", "half a percent": "100%25", "long": strings.Repeat("a", 2000),
	} {
		run("no id: "+name, func(t *testing.T, c *Client) {
			c.CheckProblem(c.Do("GET", "games/"+id, ""), 404, "InvalidEvent", "UUID")
			c.CheckProblem(c.Do("POST", "games/"+id, `{"guess":5}`, asJSON), 404, "InvalidEvent", "UUID")
		})
	}
	run("another content type", func(t *testing.T, c *Client) {
		c.CheckProblem(c.Do("POST", "games", "guess=5", "Content-Type: application/x-www-form-urlencoded"), 415, "UnsupportedMediaType", "application/json")
	})
	run("an unknown route", func(t *testing.T, c *Client) {
		c.CheckProblem(c.Do("GET", "players", ""), 403, "NoSuchRoute", "POST to games")
	})
	run("an unknown method", func(t *testing.T, c *Client) {
		c.CheckProblem(c.Do("DELETE", "games", ""), 403, "NoSuchRoute", "POST to games")
	})
	run("a body of 11 MB", func(t *testing.T, c *Client) {
		if a := c.Do("POST", "games", strings.Repeat(" ", 11<<20), asJSON); a.Status != 413 {
			t.Errorf("got %d %s, want 413", a.Status, a.Body)
		}
	})
	run("the same Idempotency-Key starts one game", func(t *testing.T, c *Client) {
		key := "Idempotency-Key: " + fmt.Sprint(time.Now().UnixNano())
		a, b := c.NewGame(key), c.NewGame(key)
		if a.Game.ID != b.Game.ID {
			t.Errorf("two games: %s and %s", a.Game.ID, b.Game.ID)
		}
		if a := c.NewGame(key + "x"); a.Game.ID == b.Game.ID {
			t.Error("another key got the same game")
		}
	})
	run("the same Idempotency-Key counts one guess", func(t *testing.T, c *Client) {
		const key = "Idempotency-Key: that's \"one\" \\ guess"
		a := c.NewGame()
		first, second := c.Guess(a, 2, key), c.Guess(a, 2, key)
		if first.Status != 200 || !bytes.Equal(first.Body, second.Body) {
			t.Errorf("first  %d %s\nsecond %d %s", first.Status, first.Body, second.Status, second.Body)
		}
		if now := c.Do("GET", a.Links.Status.Link, ""); now.Game.Guesses[1] != nil {
			t.Errorf("the guess was counted twice: %s", now.Body)
		}
	})
	run("an Idempotency-Key that is not ASCII", func(t *testing.T, c *Client) {
		c.CheckProblem(c.Do("POST", "games", "", "Idempotency-Key: caf\u00e9"), 400, "InvalidEvent", "not printable ASCII")
	})
	run("an Idempotency-Key that is too long", func(t *testing.T, c *Client) {
		c.CheckProblem(c.Do("POST", "games", "", "Idempotency-Key: "+strings.Repeat("k", 256)), 400, "InvalidEvent", "255")
	})
	run("the page", func(t *testing.T, c *Client) {
		a := c.Do("GET", "", "", "Accept: text/html,application/xhtml+xml")
		if a.Status != 200 || a.Header.Get("Content-Type") != "text/html; charset=utf-8" || !bytes.HasPrefix(a.Body, []byte("<!doctype html>")) {
			t.Errorf("got %d %s\n%.200s", a.Status, a.Header.Get("Content-Type"), a.Body)
		}
	})
	for path, methods := range map[string]string{"": "GET,OPTIONS", "games": "POST,OPTIONS", "games/4ce7c7b8-02bc-40a4-823b-6c7c02b028d3": "GET,POST,OPTIONS"} {
		run("CORS of /"+path, func(t *testing.T, c *Client) {
			a := c.Do("OPTIONS", path, "", "Origin: https://example.com", "Access-Control-Request-Method: POST")
			if a.Status != 204 || a.Header.Get("Access-Control-Allow-Origin") != "*" || a.Header.Get("Access-Control-Allow-Methods") != methods ||
				a.Header.Get("Access-Control-Allow-Headers") != "Content-Type,Idempotency-Key" || len(a.Body) != 0 {
				t.Errorf("got %d %v %q", a.Status, a.Header, a.Body)
			}
		})
		run("OPTIONS /"+path+" with a body of another type", func(t *testing.T, c *Client) {
			c.CheckProblem(c.Do("OPTIONS", path, "x", "Content-Type: multipart/form-data"), 415, "UnsupportedMediaType", "application/json")
		})
	}
	run("broken HTTP, then a game", func(t *testing.T, c *Client) {
		for _, raw := range []string{"POST /prod/games HTTP/1.1\r\n\r\n", "GET\r\n\r\n", "\x00\x01\x02", "POST " + c.target.Path + "games HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"} {
			conn, err := net.Dial("tcp", c.target.Host)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.WriteString(conn, raw); err != nil {
				t.Fatal(err)
			}
			conn.Close()
		}
		c.CheckSuccess(c.NewGame(), 201, "ongoing", "[null,null,null]")
	})

	for name := range target.Altered {
		if !names[name] {
			t.Errorf("%q is said to be altered, but there is no such case", name)
		}
	}
}
