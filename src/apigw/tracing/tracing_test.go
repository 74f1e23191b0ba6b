package tracing

import (
	"encoding/base64"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"example.com/guessing-game/src/apigw/bench"
	"example.com/guessing-game/src/apigw/functions"
	"example.com/guessing-game/src/apigw/gateway/mask"
	"example.com/guessing-game/src/apigw/invoke"
	"example.com/guessing-game/src/apigw/sam"
	"example.com/guessing-game/src/apigw/shellword"
)

func TestCurl(t *testing.T) {
	t.Parallel()
	k := &keptRequest{method: "POST", target: "/prod/a?b=c&d=e'f", host: "127.0.0.1:3000", body: []byte(`{"x": "it's"}`), whole: true, header: http.Header{
		"Content-Type": {"application/json"}, "Authorization": {"secret"}, "User-Agent": {"curl"}, "Accept": {"*/*"}, "Content-Length": {"12"},
	}}
	want := `curl -i --globoff -X POST -H 'Authorization: *****' -H 'Content-Type: application/json' --data-raw '{"x": "it'\''s"}' 'http://127.0.0.1:3000/prod/a?b=c&d=e'\''f'`
	if got := k.curl(&mask.Cover{}, k.target); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := k.curl(&mask.Cover{Headers: []string{"content-TYPE"}}, k.target); !strings.Contains(got, "'Content-Type: *****'") {
		t.Errorf("got %s", got)
	}
	if got := k.curl(&mask.Cover{ShowSecrets: true}, k.target); !strings.Contains(got, "'Authorization: secret'") {
		t.Errorf("got %s", got)
	}
	// A value hidden by its name leaves the command intact; a body that looks like a file name is
	// not taken for one.
	k.header["X-Secret"], k.body = []string{"it's, a=b"}, []byte("@/etc/hostname")
	want = `curl -i --globoff -X POST -H 'Authorization: *****' -H 'Content-Type: application/json' -H 'X-Secret: ***' --data-raw @/etc/hostname http://127.0.0.1:3000/x`
	if got := k.curl(&mask.Cover{Masker: mask.New([]string{"x-secret"})}, "/x"); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	// A body that is not text is given as Base64; hidden parts of it stay hidden.
	k.header, k.body = nil, []byte("{\"pin\": 7}\x00\xff")
	want = `printf %s eyJwaW4iOiAiKioqIn0A/w== | base64 -d | curl -i --globoff -X POST --data-binary @- http://127.0.0.1:3000/x`
	if got := k.curl(&mask.Cover{Masker: mask.New([]string{"pin"})}, "/x"); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// The command that invokes again passes the payload to the AWS CLI unchanged, whatever its
// characters mean to a shell or a terminal.
func TestInvokeCommand(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	// The stand-in for the AWS CLI writes its arguments, and below them the content of
	// fileb:///dev/stdin.
	if err := os.WriteFile(filepath.Join(dir, "aws"), []byte("#!/bin/sh\necho \"$*\"\ncat\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	api := InvokeAPI{"127.0.0.1:3001", "eu-west-1"}
	const call = "lambda invoke --endpoint-url http://127.0.0.1:3001 --no-sign-request --region eu-west-1 --function-name F"
	for _, payload := range []string{
		`{"kind":"gameRequested"}`, `{"text": "it's $(id) \"x\" \\ %s !!"}`, "{\n\t\"a\": 1\n}", "{\"a\": \"\x1b[201~\rid\r\"}", "\"\u202e\"", "\xff\x00", "@file", "",
	} {
		command := directDetails{invoke: api, function: &functions.Function{Function: &sam.Function{Name: "F"}}, run: &bench.Run{Event: &bench.Event{Body: bench.NewBody(payload)}}}.command()
		if !shellword.Pastable(command) {
			t.Errorf("%q: %q is not for pasting", payload, command)
		}
		sh := exec.Command("sh", "-c", command)
		sh.Env = []string{"PATH=" + dir + ":" + os.Getenv("PATH")}
		got, err := sh.Output()
		want := call + " --payload fileb:///dev/stdin /dev/stdout\n" + payload
		if payload == "" {
			want = call + " /dev/stdout\n"
		}
		if err != nil || string(got) != want {
			t.Errorf("%s\n got %q, %v\nwant %q", command, got, err, want)
		}
	}
	tr := New(slog.New(slog.DiscardHandler), mask.New([]string{"pin"}))
	options := tr.options(&invoke.Invocation{Type: invoke.Event, Qualifier: "live", ClientContext: `{"pin":7}`, TenantID: "it's"})
	large := directDetails{invoke: api, options: options, function: &functions.Function{Function: &sam.Function{Name: "F"}}, run: &bench.Run{Event: &bench.Event{Body: bench.Body{Text: "{", Left: 9}}}}
	want := "aws " + call + ` --invocation-type Event --qualifier live --client-context ` + base64.StdEncoding.EncodeToString([]byte(`{"pin":"***"}`)) + ` --tenant-id 'it'\''s' --payload fileb://EVENT.json /dev/stdout`
	if got := large.command(); got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
	if large.invoke.Address = ""; large.command() != "" {
		t.Error("there is a command although nothing listens")
	}
}
