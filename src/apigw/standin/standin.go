// Package standin stands in for AWS if nothing says where its services are and there are no
// credentials: an endpoint on this machine that passes requests to moto's server, which it starts
// when needed, if that is installed. If it is not, requests are refused at once, as AWS refuses
// unknown credentials, and it reports once for each service what to do: an SDK would otherwise try
// for many seconds to reach AWS.
//
// https://docs.getmoto.org/en/latest/docs/server_mode.html
package standin

import (
	"bufio"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"example.com/guessing-game/src/apigw/door"
	"example.com/guessing-game/src/apigw/invoke"
)

// Server is the endpoint.
type Server struct {
	// Prepare creates at moto's server what would exist in AWS, as soon as the server listens. It
	// must be set before the server is needed.
	Prepare func(ctx context.Context, endpoint string)
	// Region is the Region of everything at the stand-in, whatever Region a client names: a
	// function may name the one that its author deploys to, and moto separates Regions. If empty,
	// requests are unchanged.
	Region string
	// Unknown reports a requested service that nothing stands in for.
	Unknown func(service, operation string)
	// Lacks reports a request on which moto failed, once for each operation.
	Lacks func(service, operation string)
	// Poolless reports the first request about user pools that moto refuses: it has none of the
	// template's, whose ids only it could give.
	Poolless func(operation string)

	listener net.Listener
	http     *http.Server
	also     []*http.Server // at further ports
	program  string         // moto_server; empty if it is not installed
	begin    sync.Once
	begun    atomic.Bool
	ready    chan struct{} // closed when moto is ready, or there is an error
	target   *url.URL      // moto
	dial     http.RoundTripper
	err      error
	stop     func()

	mu   sync.Mutex
	told map[string]bool // services, and operations that moto lacks
}

// Program is the name of moto's server.
const Program = "moto_server"

// headerTime is how long the head of a request may take.
const headerTime = 10 * time.Second

// Listen starts to listen on a free port of this machine.
func Listen() (*Server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &Server{listener: l, ready: make(chan struct{}), told: map[string]bool{}}
	if program, err := exec.LookPath(Program); err == nil {
		s.program = program
	}
	s.http = s.server(door.Door{})
	go s.http.Serve(l)
	return s, nil
}

func (s *Server) server(d door.Door) *http.Server {
	h := &http.Server{Handler: d.Handler(s), ReadHeaderTimeout: headerTime, Protocols: new(http.Protocols)}
	h.Protocols.SetHTTP1(true)
	h.Protocols.SetUnencryptedHTTP2(true) // which some SDK clients send first
	return h
}

// URL returns its address.
func (s *Server) URL() string { return "http://" + s.listener.Addr().String() }

// Installed reports whether moto is installed.
func (s *Server) Installed() bool { return s.program != "" }

// Close ends the endpoint and moto.
func (s *Server) Close() {
	s.http.Close()
	for _, also := range s.also {
		also.Close()
	}
	s.begin.Do(func() { close(s.ready) })
	<-s.ready
	if s.stop != nil {
		s.stop()
	}
}

// Begin starts moto, unless it has been started.
func (s *Server) Begin() {
	s.begin.Do(func() {
		s.begun.Store(true)
		go s.start()
	})
}

// Await waits until moto is ready, if it has been started.
func (s *Server) Await(ctx context.Context) {
	if !s.begun.Load() {
		return
	}
	select {
	case <-s.ready:
	case <-ctx.Done():
	}
}

// startTime bounds the start of moto and the creation of its resources.
const startTime = time.Minute

var listening = regexp.MustCompile(`Running on (http://127\.0\.0\.1:\d+|unix://)`)

// longestSocket is the longest path of a socket that all systems take.
const longestSocket = 100

// host is where moto listens. moto has no access control, so it is a socket in a folder of the
// user's, which neither a web page nor another user of the machine can reach. It is a port where
// Python does not support such sockets.
func host() (host, folder string, err error) {
	sweep()
	folder, err = os.MkdirTemp("", folderName)
	if err != nil {
		return "", "", err
	}
	socket := filepath.Join(folder, "socket")
	if runtime.GOOS == "windows" || len(socket) > longestSocket {
		return "127.0.0.1", folder, nil
	}
	return "unix://" + socket, folder, nil
}

// folderName begins the names of the folders with sockets.
const folderName = "apigw-moto"

// sweep removes the folders of programs that were killed: nobody listens there any more.
func sweep() {
	sockets, _ := filepath.Glob(filepath.Join(os.TempDir(), folderName+"*", "socket"))
	for _, socket := range sockets {
		c, err := net.Dial("unix", socket)
		switch {
		case err == nil:
			c.Close()
		case errors.Is(err, syscall.ECONNREFUSED):
			os.RemoveAll(filepath.Dir(socket))
		}
	}
}

func (s *Server) start() {
	defer close(s.ready)
	host, folder, err := host()
	if err != nil {
		s.err = err
		return
	}
	s.stop = func() { os.RemoveAll(folder) }
	cmd := exec.Command(s.program, "-H", host, "-p", "0")
	out, in := io.Pipe()
	cmd.Stdout, cmd.Stderr = in, in
	stop, ended, err := invoke.Companion(cmd)
	if err != nil {
		s.err = fmt.Errorf("%s cannot be started: %w", Program, err)
		return
	}
	s.stop = func() {
		stop()
		os.RemoveAll(folder)
	}
	address := make(chan string, 1)
	go func() {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if m := listening.FindStringSubmatch(lines.Text()); m != nil {
				select {
				case address <- m[1]:
				default:
				}
			}
		}
		io.Copy(io.Discard, out) // after a line that is too long
	}()
	select {
	case at := <-address:
		if socket, ok := strings.CutPrefix(host, "unix://"); ok {
			at = "http://moto"
			s.dial = &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				var d net.Dialer
				return d.DialContext(ctx, "unix", socket)
			}}
		}
		if s.target, s.err = url.Parse(at); s.err == nil && s.Prepare != nil {
			s.err = s.prepare()
		}
	case <-ended:
		s.err = errors.New(Program + " ends at once; to see why, run it")
	case <-time.After(startTime):
		s.err = errors.New(Program + " does not start within a minute")
	}
}

// prepare calls Prepare to create what would exist in AWS, at an address that leads to moto
// before anything else uses it.
func (s *Server) prepare() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	early := &http.Server{Handler: door.Door{}.Handler(http.HandlerFunc(s.proxy)), ReadHeaderTimeout: headerTime}
	go early.Serve(l)
	defer early.Close()
	ctx, cancel := context.WithTimeout(context.Background(), startTime)
	defer cancel()
	s.Prepare(ctx, "http://"+l.Addr().String())
	return nil
}

// ServeHTTP passes a request to moto, or refuses it.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.program == "" {
		s.refuse(w, r, "nothing stands in for AWS here, and there are no credentials")
		return
	}
	s.Begin()
	s.Await(r.Context())
	switch {
	case s.target == nil && s.err == nil:
		return // the client has disconnected, or the endpoint has ended
	case s.err != nil:
		s.refuse(w, r, s.err.Error())
		return
	}
	s.proxy(w, r)
}

// cognitoTarget begins the names of the operations of user pools.
const cognitoTarget = "AWSCognitoIdentityProviderService."

// proxy passes requests to moto.
func (s *Server) proxy(w http.ResponseWriter, r *http.Request) {
	proxy := httputil.ReverseProxy{
		FlushInterval: -1,
		Transport:     s.dial,
		Rewrite: func(p *httputil.ProxyRequest) {
			p.SetURL(s.target)
			p.Out.Host = p.In.Host
			s.toRegion(p.Out)
		},
		ModifyResponse: func(resp *http.Response) error {
			// For an unsupported operation moto returns a page, which SDKs take for a transient
			// fault: they would retry until the function times out.
			if resp.StatusCode == http.StatusInternalServerError && strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html") {
				return errLacks
			}
			if operation, ok := strings.CutPrefix(resp.Request.Header.Get("X-Amz-Target"), cognitoTarget); ok && resp.StatusCode == http.StatusBadRequest && s.Poolless != nil && s.first("poolless") {
				s.Poolless(operation)
			}
			return nil
		},
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			if r.Context().Err() != nil {
				return // the client has gone
			}
			if service, operation := asked(r); errors.Is(err, errLacks) {
				if s.first("lacks "+service+" "+operation) && s.Lacks != nil {
					s.Lacks(service, operation)
				}
				writeError(w, r, service, "NotImplemented", fmt.Sprintf("apigw start: %s failed on %s: it does not support it, or cannot read the request", Program, operation))
				return
			}
			s.refuse(w, r, Program+" does not respond: "+err.Error())
		},
	}
	proxy.ServeHTTP(w, r)
}

var signedFor = regexp.MustCompile(`^(.*\bCredential=)?([^/,]*/\d+/)[^/]*(/[^/]+/aws4_request.*)$`)

// toRegion changes the Region that a request is signed for to the stand-in's, where moto reads it:
// in the scope of its credential.
func (s *Server) toRegion(r *http.Request) {
	if s.Region == "" {
		return
	}
	if header := r.Header.Get("Authorization"); header != "" {
		r.Header.Set("Authorization", signedFor.ReplaceAllString(header, "${1}${2}"+s.Region+"${3}"))
	}
	const credential = "X-Amz-Credential" // of a URL that is signed
	if query := r.URL.Query(); query.Has(credential) {
		query.Set(credential, signedFor.ReplaceAllString(query.Get(credential), "${1}${2}"+s.Region+"${3}"))
		r.URL.RawQuery = query.Encode()
	}
}

var scope = regexp.MustCompile(`Credential=[^/]*/\d+/[^/]*/([^/]+)/aws4_request`)

// asked returns the service and the operation of a request, as far as they are known.
func asked(r *http.Request) (service, operation string) {
	service = "a service"
	if m := scope.FindStringSubmatch(r.Header.Get("Authorization")); m != nil {
		service = m[1]
	}
	_, operation, _ = strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	if operation == "" {
		operation = r.Method + " " + r.URL.Path
	}
	return service, operation
}

// errLacks says that moto has failed, as it does for operations that it does not support.
var errLacks = errors.New("moto failed")

// first reports whether something is reported for the first time.
func (s *Server) first(what string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	again := s.told[what]
	s.told[what] = true
	return !again
}

// refuse responds as a service that does not know the client, in the form of its protocol.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, why string) {
	service, operation := asked(r)
	if s.first(service) && s.Unknown != nil {
		s.Unknown(service, operation)
	}
	code := "UnrecognizedClientException"
	switch {
	case service == "s3":
		code = "InvalidAccessKeyId"
	case isForm(r):
		code = "InvalidClientTokenId"
	}
	writeError(w, r, service, code, "apigw start: "+why)
}

// isForm reports whether a request uses one of the protocols that AWS calls query and ec2.
func isForm(r *http.Request) bool {
	return strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded")
}

// writeError writes an error that SDKs do not retry, in the form of a service's protocol.
func writeError(w http.ResponseWriter, r *http.Request, service, code, message string) {
	switch {
	case service == "s3":
		w.Header().Set("Content-Type", "application/xml")
		w.WriteHeader(http.StatusForbidden)
		xml.NewEncoder(w).Encode(xmlError{Code: code, Message: message})
	case isForm(r):
		w.Header().Set("Content-Type", "text/xml")
		w.WriteHeader(http.StatusForbidden)
		xml.NewEncoder(w).Encode(struct {
			XMLName xml.Name `xml:"ErrorResponse"`
			Error   xmlError
		}{Error: xmlError{Code: code, Message: message}})
	default:
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		w.Header().Set("X-Amzn-ErrorType", code)
		w.WriteHeader(http.StatusBadRequest)
		json.NewEncoder(w).Encode(map[string]string{"__type": code, "message": message})
	}
}

type xmlError struct {
	XMLName xml.Name `xml:"Error"`
	Code    string
	Message string
}
