// Command stub is a Lambda function that returns the same object for every event at once: the
// Runtime API by hand, over one connection, with the response and the request for more in one
// piece, so that what is measured is the gateway in front of the function.
package main

import (
	"bufio"
	"cmp"
	"io"
	"log"
	"net/netip"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// usualAnswer is what it returns unless STUB_ANSWER is set.
const usualAnswer = `{"kind":"GuessEvaluated","id":"7a1c","guesses":[5,null,null],"random_number":7,"status":"ongoing"}`

func main() {
	log.SetFlags(0)
	runtime.GOMAXPROCS(1) // there is only one event at a time
	answer := cmp.Or(os.Getenv("STUB_ANSWER"), usualAnswer)
	// STUB_SLEEP is how long each event takes, for tests that need a running function.
	pause, _ := time.ParseDuration(os.Getenv("STUB_SLEEP"))
	host := os.Getenv("AWS_LAMBDA_RUNTIME_API")
	conn, err := dial(host)
	if err != nil {
		log.Fatalf("no Runtime API, which AWS_LAMBDA_RUNTIME_API names: %v", err)
	}
	r := bufio.NewReader(conn)
	next := "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: " + host + "\r\n\r\n"
	send(conn, next)
	for {
		id := receive(r)
		time.Sleep(pause)
		send(conn, "POST /2018-06-01/runtime/invocation/"+id+"/response HTTP/1.1\r\nHost: "+host+"\r\nContent-Length: "+strconv.Itoa(len(answer))+"\r\n\r\n"+
			answer+next)
		receive(r)
	}
}

// dial connects with a blocking socket: reading from it is just a system call.
func dial(host string) (*os.File, error) {
	at, err := netip.ParseAddrPort(host)
	if err != nil {
		return nil, err
	}
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		return nil, err
	}
	if err := syscall.Connect(fd, &syscall.SockaddrInet4{Port: int(at.Port()), Addr: at.Addr().As4()}); err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), host), syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1)
}

func send(conn io.Writer, text string) {
	if _, err := io.WriteString(conn, text); err != nil {
		log.Fatal(err)
	}
}

// receive reads a response of the Runtime API to its end, and the id of the event if it has one.
func receive(r *bufio.Reader) (id string) {
	length, status := 0, ""
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			log.Fatal(err)
		}
		name, value, _ := strings.Cut(strings.TrimRight(string(line), "\r\n"), ": ")
		switch {
		case status == "":
			if status = name; !strings.HasPrefix(status, "HTTP/1.1 2") {
				log.Fatalf("the Runtime API answers %s", status)
			}
		case name == "Content-Length":
			length, _ = strconv.Atoi(value)
		case name == "Lambda-Runtime-Aws-Request-Id":
			id = value
		case name == "":
			if _, err := r.Discard(length); err != nil {
				log.Fatal(err)
			}
			return id
		}
	}
}
