// Command stub is a Lambda function that answers every event at once and with the same object: the Runtime API by hand, over one
// connection, so that what is measured is what stands before the function.
package main

import (
	"bufio"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"runtime"
	"time"
)

const answer = `{"kind":"GuessEvaluated","id":"7a1c","guesses":[5,null,null],"random_number":7,"status":"ongoing"}`

func main() {
	log.SetFlags(0)
	runtime.GOMAXPROCS(1) // there is one event at a time
	// STUB_SLEEP is how long each event takes, for tests that need a function at work.
	pause, _ := time.ParseDuration(os.Getenv("STUB_SLEEP"))
	host := os.Getenv("AWS_LAMBDA_RUNTIME_API")
	conn, err := net.Dial("tcp", host)
	if err != nil {
		log.Fatalf("no Runtime API, which AWS_LAMBDA_RUNTIME_API names: %v", err)
	}
	r := bufio.NewReader(conn)
	for {
		fmt.Fprintf(conn, "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: %s\r\n\r\n", host)
		event := receive(r)
		time.Sleep(pause)
		fmt.Fprintf(conn, "POST /2018-06-01/runtime/invocation/%s/response HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n\r\n%s",
			event.Get("Lambda-Runtime-Aws-Request-Id"), host, len(answer), answer)
		receive(r)
	}
}

// receive reads an answer of the Runtime API to its end.
func receive(r *bufio.Reader) http.Header {
	resp, err := http.ReadResponse(r, nil)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		log.Fatal(err)
	}
	if resp.StatusCode >= 300 {
		log.Fatalf("the Runtime API answers %s", resp.Status)
	}
	return resp.Header
}
