package upstream_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/tools/txtar"

	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/src/apigw/gateway/headernames"
	"example.com/guessing-game/src/apigw/upstream"
)

// Each archive in testdata holds a document and exchanges with it, over real connections. What
// reaches the backend is compared byte for byte.
//
//	openapi.yaml    the document; ${stageVariables.host} is where the backend listens
//	options.json    Options of the gateway, if any
//	NAME.request    the client's request: line, headers, blank line, body
//	NAME.sent       what the backend must get, as on the wire; empty if nothing
//	NAME.answer     what the backend writes, as on the wire; "reset" or "close" instead of writing anything
//	NAME.response   what the client must get: status, headers that must be there (!Name: must not be), blank line, body
//	NAME.log        lines that the execution log must have, in this order
//
// Lines end in \n here, for \r\n in heads on the wire. HOST stands for the backend's address;
// values of Authorization, X-Amz-Date and X-Amz-Content-Sha256 are shown as *. A body's \xNN is a
// byte.
func TestWire(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no archives: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			parts := map[string]string{}
			var names []string
			for _, f := range archive.Files {
				if _, ok := parts[f.Name]; ok {
					t.Fatalf("%s twice", f.Name)
				}
				parts[f.Name] = string(f.Data)
				if n, ok := strings.CutSuffix(f.Name, ".request"); ok {
					names = append(names, n)
				}
			}
			if len(names) == 0 {
				t.Fatal("no requests")
			}
			for _, name := range names {
				t.Run(name, func(t *testing.T) { exchange(t, file, parts, name) })
			}
			if *update {
				for i, f := range archive.Files {
					archive.Files[i].Data = []byte(parts[f.Name])
				}
				if err := os.WriteFile(file, txtar.Format(archive), 0o666); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// stub is a backend that records what it got and responds with fixed bytes.
type stub struct {
	net.Listener
	answer string

	mu  sync.Mutex
	got bytes.Buffer
}

func newStub(t *testing.T, answer string) *stub {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &stub{Listener: l, answer: answer}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go s.serve(c)
		}
	}()
	return s
}

func (s *stub) serve(c net.Conn) {
	defer c.Close()
	var raw bytes.Buffer
	r, err := http.ReadRequest(bufio.NewReader(io.TeeReader(c, &raw)))
	if err != nil {
		return
	}
	io.Copy(io.Discard, r.Body)
	s.mu.Lock()
	s.got.Write(raw.Bytes())
	s.mu.Unlock()
	switch s.answer {
	case "reset":
		c.(*net.TCPConn).SetLinger(0)
	case "close":
	default:
		io.WriteString(c, s.answer)
	}
}

func (s *stub) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.got.String()
}

// wire returns text of an archive as it is on the wire: \r\n at the ends of the head's lines,
// \xNN for bytes.
func wire(text string) string {
	head, body, ok := strings.Cut(strings.TrimSuffix(text, "\n"), "\n\n")
	if !ok {
		head, body = strings.TrimSuffix(strings.TrimSuffix(text, "\n"), "\n"), ""
	}
	return strings.ReplaceAll(head, "\n", "\r\n") + "\r\n\r\n" + unescape(body)
}

func unescape(s string) string {
	return regexp.MustCompile(`\\x[0-9a-f]{2}`).ReplaceAllStringFunc(s, func(m string) string {
		n, _ := strconv.ParseUint(m[2:], 16, 8)
		return string([]byte{byte(n)})
	})
}

func escape(s string) string {
	var b strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		if r == utf8.RuneError && n == 1 {
			fmt.Fprintf(&b, `\x%02x`, s[0])
		} else {
			b.WriteString(s[:n])
		}
		s = s[n:]
	}
	return b.String()
}

var update = flag.Bool("update", false, "write what was sent into the archives")

var hidden = regexp.MustCompile(`(?m)^((?:Authorization: AWS4-HMAC-SHA256|X-Amz-Date:|X-Amz-Content-Sha256:)) ?.*$`)

// normal returns what came over the wire in the form of the archives.
func normal(got, host string) string {
	head, body, _ := strings.Cut(got, "\r\n\r\n")
	head = hidden.ReplaceAllString(strings.ReplaceAll(head, "\r\n", "\n"), "$1 *")
	return strings.ReplaceAll(head, host, "HOST") + "\n\n" + body
}

func exchange(t *testing.T, file string, parts map[string]string, name string) {
	doc, err := gateway.ParseDocument(file, []byte(parts["openapi.yaml"]))
	if err != nil {
		t.Fatal(err)
	}
	answer, answered := parts[name+".answer"]
	switch {
	case !answered:
		answer = wire("HTTP/1.1 200 OK\nContent-Type: application/json\nContent-Length: 2\n\n{}")
	case strings.TrimSpace(answer) == "reset" || strings.TrimSpace(answer) == "close":
		answer = strings.TrimSpace(answer)
	default:
		answer = wire(answer)
	}
	backend := newStub(t, answer)
	host := backend.Addr().String()
	e, err := upstream.ParseEndpoints([]string{"vpclink:link1=http://" + host, "nowhere=http://127.0.0.1:1"}, func(name string) string {
		if name == "AWS_ENDPOINT_URL" {
			return "http://" + host
		}
		return ""
	})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	sender := upstream.New(e, nil, false)
	sender.Now = func() time.Time { return now }
	observed := make(chan *gateway.Execution, 1)
	o := gateway.Options{Stage: "dev", APIID: "abc123", NewID: func() string { return "11111111-2222-4333-8444-555555555555" }, Now: sender.Now,
		Upstream: sender, Observe: func(e *gateway.Execution) { observed <- e }}
	if s, ok := parts["options.json"]; ok {
		if err := json.Unmarshal([]byte(s), &o); err != nil {
			t.Fatal(err)
		}
	}
	if o.StageVariables == nil {
		o.StageVariables = map[string]string{}
	}
	o.StageVariables["host"] = host
	g, err := gateway.New(doc, o)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(g)
	server.Listener = headernames.Keep(server.Config, server.Listener)
	server.Start()
	defer server.Close()
	got := ask(t, server.Listener.Addr().String(), wire(parts[name+".request"]))

	if want, ok := parts[name+".sent"]; ok {
		sent := normal(backend.text(), host)
		if *update && backend.text() != "" {
			parts[name+".sent"] = escape(sent) + "\n"
			want = parts[name+".sent"]
		}
		if strings.TrimSpace(want) == "" && backend.text() != "" {
			t.Errorf("the backend got\n%s\nbut should not have been called", sent)
		} else if want := normal(wire(want), "HOST"); strings.TrimSpace(parts[name+".sent"]) != "" && sent != want {
			t.Errorf("sent\n%q\nwant\n%q", sent, want)
		}
	}
	compare(t, got, parts[name+".response"])
	seen, last := <-observed, -1
	log := seen.Log()
	for line := range strings.Lines(parts[name+".log"]) {
		line = strings.ReplaceAll(strings.TrimSuffix(line, "\n"), "HOST", host)
		at := slices.IndexFunc(log, func(l gateway.LogLine) bool { return l.Text == line })
		if at <= last {
			t.Errorf("the log has not %q, or not in this place:\n%s", line, seen.Text())
		}
		last = max(at, last)
	}
}

type response struct {
	*http.Response
	raw  string
	body string
}

// ask sends the bytes of a request and reads the response.
func ask(t *testing.T, addr, request string) *response {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	context.AfterFunc(ctx, func() { c.Close() })
	if _, err := io.WriteString(c, request); err != nil {
		t.Fatal(err)
	}
	method, _, _ := strings.Cut(request, " ")
	var raw bytes.Buffer
	r, err := http.ReadResponse(bufio.NewReader(io.TeeReader(c, &raw)), &http.Request{Method: method})
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		body = append(body, "[broken off]"...)
	}
	return &response{r, raw.String(), string(body)}
}

// compare compares a response with the status, the headers and the body in an archive.
func compare(t *testing.T, got *response, want string) {
	head, body, hasBody := strings.Cut(want, "\n\n")
	lines := strings.Split(strings.TrimSuffix(head, "\n"), "\n")
	if status := fmt.Sprint(got.StatusCode); status != lines[0] {
		t.Errorf("status %s, want %s; body %q", status, lines[0], got.body)
	}
	rawHead, _, _ := strings.Cut(got.raw, "\r\n\r\n")
	raw := strings.Split(rawHead, "\r\n")[1:]
	for _, l := range lines[1:] {
		if name, ok := strings.CutPrefix(l, "!"); ok {
			if slices.ContainsFunc(raw, func(h string) bool { return strings.EqualFold(strings.SplitN(h, ":", 2)[0], name) }) {
				t.Errorf("there is a header %s: %q", name, got.Header.Values(name))
			}
			continue
		}
		name, value, _ := strings.Cut(l, ": ")
		if !slices.ContainsFunc(raw, func(h string) bool {
			n, v, _ := strings.Cut(h, ": ")
			return n == name && v == value
		}) {
			t.Errorf("there is no header %q among\n%s", l, strings.Join(raw, "\n"))
		}
	}
	if want := unescape(strings.TrimSuffix(body, "\n")); hasBody && got.body != want {
		t.Errorf("body %q, want %q", got.body, want)
	}
}
