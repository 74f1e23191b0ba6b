// Command wild is a Lambda function that does what its events ask for, all of it wrong: it ends in
// the middle, floods its log, returns too much, responds for others, leaves children.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// acts are what an event {"do": NAME} demands, before the response.
var acts = map[string]func(next, id string) (path, body string){
	"leave":   func(string, string) (string, string) { os.Exit(3); return "", "" },
	"break":   breakOff,
	"flood":   func(string, string) (string, string) { flood(); return "/response", `{}` },
	"large":   func(string, string) (string, string) { return "/response", `"` + strings.Repeat("x", 7<<20) + `"` },
	"fail":    func(string, string) (string, string) { return "/error", failure },
	"meddle":  meddle,
	"abandon": abandon,
	"twice":   twice,
	"stream":  stream,
}

// failure is an error with a message of one megabyte.
var failure = `{"errorType": "Wild", "errorMessage": "` + strings.Repeat(`\u001b[2J`, 100_000) + `"}`

func main() {
	log.SetFlags(0)
	// However many connections an act has used, one stays open.
	http.DefaultTransport.(*http.Transport).MaxIdleConnsPerHost = 1
	api := "http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime/invocation/"
	for {
		resp, err := http.Get(api + "next")
		if err != nil {
			log.Fatal(err)
		}
		var event struct{ Do string }
		err = json.NewDecoder(resp.Body).Decode(&event)
		resp.Body.Close()
		act := acts[event.Do]
		if err != nil || act == nil {
			log.Fatalf("the event asks for %q: %v", event.Do, err)
		}
		id := resp.Header.Get("Lambda-Runtime-Aws-Request-Id")
		path, body := act(api, id)
		post(api+id+path, strings.NewReader(body))
	}
}

func post(url string, body io.Reader) {
	resp, err := http.Post(url, "application/json", body)
	if err != nil {
		return // the Runtime API may refuse it without reading it
	}
	resp.Body.Close()
}

// flood writes four megabytes without a line end and with control sequences for terminals.
func flood() {
	os.Stdout.Write(bytes.Repeat([]byte("\x1b]0;wild\a\xff"), 400_000))
	fmt.Println()
}

// breakOff ends in the middle of its response.
func breakOff(api, id string) (string, string) {
	r, w := io.Pipe()
	go post(api+id+"/response", r)
	io.WriteString(w, `{"half":`)
	os.Exit(0)
	return "", ""
}

// meddle responds to other invocations, and on paths that do not exist, before its own.
func meddle(api, id string) (string, string) {
	for _, url := range []string{api + "00000000-0000-4000-8000-000000000000/response", api + "../init/error", api + id + "/nothing"} {
		post(url, strings.NewReader(`{}`))
	}
	return "/response", `{}`
}

// twice responds over two connections at once, piece by piece, before its own response.
func twice(api, id string) (string, string) {
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() { post(api+id+"/response", slowly()) })
	}
	both.Wait()
	return "/response", `{}`
}

// stream responds piece by piece.
func stream(api, id string) (string, string) {
	post(api+id+"/response", slowly())
	return "/response", `{}`
}

// slowly is a response that takes a while.
func slowly() io.Reader {
	r, w := io.Pipe()
	go func() {
		io.WriteString(w, `{"pieces": [`)
		for range 20 {
			io.WriteString(w, `"a piece", `)
			time.Sleep(5 * time.Millisecond)
		}
		io.WriteString(w, `"the last"]}`)
		w.Close()
	}()
	return r
}

// abandon leaves behind a child that keeps its output open.
func abandon(string, string) (string, string) {
	cmd := exec.Command("sleep", "3600")
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Start(); err != nil {
		log.Fatal(err)
	}
	os.Exit(1)
	return "", ""
}
