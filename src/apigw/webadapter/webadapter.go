// Package webadapter runs a web server as a Lambda function, as AWS's Lambda Web Adapter does: it
// starts the server, waits until it is ready, and turns the events that it takes from the Runtime
// API into requests.
//
// It follows the adapter's guide and, where that leaves something open, the libraries that the
// adapter is built from (https://awslabs.github.io/aws-lambda-web-adapter/,
// https://docs.rs/lambda_http).
package webadapter

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
)

// defaultPort is the port of a web server without configuration.
const defaultPort = "8080"

// How long the server gets to end; how often it is asked whether it is ready, and how long an
// asynchronous adapter waits for that before it takes events anyway: Lambda ends a process that
// has not asked for work after ten seconds.
const (
	probePause = 10 * time.Millisecond
	probeTime  = 10 * time.Second
	asyncTime  = 9800 * time.Millisecond
	endTime    = time.Second
	idleTime   = 4 * time.Second // of a connection; Node.js closes it after five
)

// adapter is a web server and how it is reached.
type adapter struct {
	getenv    func(string) string
	host      string
	port      string // on which it listens, known when it is ready
	transport http.RoundTripper
	ready     chan struct{} // closed when it is ready
	over      chan struct{} // closed when it has ended

	streams       bool
	authorization string   // the header that becomes Authorization
	failing       statuses // that are errors of the function
}

func newAdapter(getenv func(string) string) *adapter {
	return &adapter{
		getenv: getenv, host: cmp.Or(first(getenv, "AWS_LWA_HOST", "HOST"), "127.0.0.1"),
		transport: &http.Transport{DisableCompression: true, IdleConnTimeout: idleTime},
		ready:     make(chan struct{}), over: make(chan struct{}),
		streams:       strings.EqualFold(getenv("AWS_LWA_INVOKE_MODE"), "response_stream"),
		authorization: getenv("AWS_LWA_AUTHORIZATION_SOURCE"),
		failing:       parseStatuses(getenv("AWS_LWA_ERROR_STATUS_CODES")),
	}
}

// Command is the command of apigw that runs functions behind Lambda Web Adapter. Nobody types it.
const Command = "web-adapter"

// Run starts a web server by its command and serves events with it until ctx ends. It returns
// earlier only with an error: how the server ended. A server with a fixed port listens on that of
// the configuration; any other is given a free one, since there may be several instances on this
// machine.
func Run(ctx context.Context, getenv func(string) string, fixed bool, command []string) error {
	a := newAdapter(getenv)
	ports, err := a.ports(fixed)
	if err != nil {
		return err
	}
	cmd := exec.Command(command[0], command[1:]...)
	if !fixed {
		cmd.Env = append(os.Environ(), "PORT="+ports[0], "AWS_LWA_PORT="+ports[0])
	}
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("the web server cannot be started: %w", err)
	}
	var exit error // once over is closed
	go func() {
		exit = cmd.Wait()
		close(a.over)
	}()
	defer func() { // as part of this process's group it has also got the signal to end
		select {
		case <-a.over:
		case <-time.After(endTime):
			cmd.Process.Kill()
		}
	}()

	go a.await(ports)
	early := make(<-chan time.Time)
	if asynchronous, err := strconv.ParseBool(cmp.Or(first(getenv, "AWS_LWA_ASYNC_INIT", "ASYNC_INIT"), "false")); err == nil && asynchronous {
		early = time.After(asyncTime)
	}
	var late <-chan time.Time
	if seconds, err := strconv.ParseFloat(getenv("AWS_LWA_READINESS_CHECK_TIMEOUT_SECONDS"), 64); err == nil && seconds > 0 {
		late = time.After(time.Duration(seconds * float64(time.Second)))
	}
	select {
	case <-a.ready:
	case <-early:
	case <-late:
		return fmt.Errorf("the web server is not ready in time: %s", waited(ports))
	case <-a.over:
		return fmt.Errorf("the web server has ended (%s) before it was ready: %s", endText(exit), waited(ports))
	case <-ctx.Done():
		return nil
	}
	go lambda.StartWithOptions(a.serve, lambda.WithSetEscapeHTML(false))
	select {
	case <-a.over:
		return fmt.Errorf("the web server has ended (%s)", endText(exit))
	case <-ctx.Done():
		return nil
	}
}

// ports are the ports that the server may listen on. One that ignores PORT listens on that of the
// configuration.
func (a *adapter) ports(fixed bool) ([]string, error) {
	given := cmp.Or(first(a.getenv, "AWS_LWA_PORT", "PORT"), defaultPort)
	address := net.JoinHostPort(a.host, given)
	if fixed {
		for end := time.Now().Add(endTime); !free(address); time.Sleep(probePause) { // the previous one may be about to end
			if time.Now().After(end) {
				return nil, fmt.Errorf("port %s, on which the web server is to listen, is taken; let it listen on the port that PORT names, or end what listens there (apigw start -p moves its own ports)", given)
			}
		}
		return []string{given}, nil
	}
	l, err := net.Listen("tcp", net.JoinHostPort(a.host, "0"))
	if err != nil {
		return nil, fmt.Errorf("no port for the web server: %w", err)
	}
	defer l.Close()
	_, own, _ := net.SplitHostPort(l.Addr().String()) // a listener's address has a port
	if free(address) {                                // otherwise something else responds there
		return []string{own, given}, nil
	}
	return []string{own}, nil
}

// waited describes where the adapter waited for a response.
func waited(ports []string) string {
	text := "it is to listen on port " + ports[0]
	if len(ports) == 2 {
		text += ", which PORT and AWS_LWA_PORT name, or on " + ports[1]
	}
	return text
}

func endText(err error) string {
	if err == nil {
		return "exit status 0"
	}
	return err.Error()
}

// first returns the first of some variables that is set.
func first(getenv func(string) string, names ...string) string {
	for _, name := range names {
		if v := getenv(name); v != "" {
			return v
		}
	}
	return ""
}

// free reports whether nothing listens at an address.
func free(address string) bool {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return false
	}
	l.Close()
	return true
}

// await asks until the server is ready on one of the ports.
func (a *adapter) await(ports []string) {
	path := cmp.Or(first(a.getenv, "AWS_LWA_READINESS_CHECK_PATH", "READINESS_CHECK_PATH"), "/")
	tcp := strings.EqualFold(first(a.getenv, "AWS_LWA_READINESS_CHECK_PROTOCOL", "READINESS_CHECK_PROTOCOL"), "tcp")
	checkPort := first(a.getenv, "AWS_LWA_READINESS_CHECK_PORT", "READINESS_CHECK_PORT")
	if checkPort == first(a.getenv, "AWS_LWA_PORT", "PORT") {
		checkPort = "" // the server is given another
	}
	healthy := parseStatuses(cmp.Or(a.getenv("AWS_LWA_READINESS_CHECK_HEALTHY_STATUS"), "100-499"))
	if unhealthy, err := strconv.Atoi(a.getenv("AWS_LWA_READINESS_CHECK_MIN_UNHEALTHY_STATUS")); err == nil && a.getenv("AWS_LWA_READINESS_CHECK_HEALTHY_STATUS") == "" {
		healthy = statuses{{100, unhealthy - 1}}
	}
	for {
		for _, port := range ports {
			if !listens(net.JoinHostPort(a.host, port)) {
				continue
			}
			address := net.JoinHostPort(a.host, cmp.Or(checkPort, port))
			if tcp && listens(address) || !tcp && a.answers("http://"+address+"/"+strings.TrimPrefix(path, "/"), healthy) {
				a.port = port
				close(a.ready)
				return
			}
		}
		time.Sleep(probePause)
	}
}

func listens(address string) bool {
	c, err := net.DialTimeout("tcp", address, probeTime)
	if err != nil {
		return false
	}
	c.Close()
	return true
}

func (a *adapter) answers(url string, healthy statuses) bool {
	ctx, cancel := context.WithTimeout(context.Background(), probeTime)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false
	}
	resp, err := a.transport.RoundTrip(r)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, io.LimitReader(resp.Body, maxBody))
	return err == nil && healthy.has(resp.StatusCode)
}

// statuses are inclusive ranges of status codes.
type statuses [][2]int

func (s statuses) has(status int) bool {
	return slices.ContainsFunc(s, func(r [2]int) bool { return r[0] <= status && status <= r[1] })
}

// parseStatuses reads "500,502-504"; anything that is not a status is left out.
func parseStatuses(text string) (all statuses) {
	for part := range strings.SplitSeq(text, ",") {
		from, to, isRange := strings.Cut(strings.TrimSpace(part), "-")
		low, err := strconv.Atoi(from)
		high := low
		if isRange && err == nil {
			high, err = strconv.Atoi(to)
		}
		if err == nil {
			all = append(all, [2]int{low, high})
		}
	}
	return all
}

var errTooLarge = errors.New("the web server's response is larger than the 6 MB that a Lambda function may return")
