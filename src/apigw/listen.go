package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"example.com/guessing-game/src/apigw/cli"
	"example.com/guessing-game/src/apigw/shellword"
	"example.com/guessing-game/src/apigw/trace"
)

// listeners are what start listens on; nil for a port that is off.
type listeners struct {
	rest          []net.Listener // one for each API; none if there is no API
	lambda, trace net.Listener
	xray          *trace.Receiver
}

func (ls *listeners) close() {
	for _, l := range append(ls.rest, ls.lambda, ls.trace) {
		if l != nil {
			l.Close()
		}
	}
	if ls.xray != nil {
		ls.xray.Close()
	}
}

// defaultXRayPort is the port of the X-Ray daemon. Functions get the address, so any other port
// works too.
const defaultXRayPort = "2000"

// ports fills in the ports that are not given, which follow that of the REST API, and checks them
// all.
func (st *starter) ports() error {
	if err := checkPort("port", st.port); err != nil {
		return err
	}
	base, _ := strconv.Atoi(st.port) // checked above
	for i, p := range []*string{&st.lambdaPort, &st.tracePort} {
		switch {
		case *p != "":
		case base == 0 || base+1+i > 65535:
			*p = "0"
		default:
			*p = strconv.Itoa(base + 1 + i)
		}
	}
	if err := checkPort("lambda-port", st.lambdaPort); err != nil {
		return err
	}
	if err := checkPort("trace-port", st.tracePort); err != nil {
		return err
	}
	if st.xrayPort == "" {
		return nil
	}
	return checkPort("xray-port", st.xrayPort)
}

// listen opens all ports, for the given number of APIs. The error names every port that is in
// use.
func (st *starter) listen(ctx context.Context, apis int) (*listeners, error) {
	ls := &listeners{}
	var config net.ListenConfig
	var taken []string
	var errs []error
	tcp := func(prefix, host, port string) net.Listener {
		if port == "off" {
			return nil
		}
		l, err := config.Listen(ctx, "tcp", net.JoinHostPort(host, port))
		switch {
		case errors.Is(err, syscall.EADDRINUSE):
			taken = append(taken, fmt.Sprintf("port %s is in use (--%sport)", port, prefix))
			return nil
		case err != nil:
			errs = append(errs, listenError(prefix, host, port, err))
			return nil
		}
		return l
	}
	if apis > 0 {
		if l := tcp("", st.host, st.port); l != nil {
			ls.rest = append(ls.rest, l)
		}
	}
	ls.lambda = tcp("lambda-", st.lambdaHost, st.lambdaPort)
	ls.trace = tcp("trace-", st.traceHost, st.tracePort)
	for i := 1; i < apis && len(ls.rest) > 0; i++ {
		l, err := config.Listen(ctx, "tcp", net.JoinHostPort(st.host, st.further(i)))
		if err != nil { // it is printed, so any other will do
			l, err = config.Listen(ctx, "tcp", net.JoinHostPort(st.host, "0"))
		}
		if err != nil {
			errs = append(errs, listenError("", st.host, "0", err))
			break
		}
		ls.rest = append(ls.rest, l)
	}
	if st.xrayPort != "off" {
		port := cmp.Or(st.xrayPort, defaultXRayPort)
		xray, err := trace.Listen(net.JoinHostPort(st.xrayHost, port), st.tracer.Collector, st.names()...)
		if err != nil && st.xrayPort == "" {
			xray, err = trace.Listen(net.JoinHostPort(st.xrayHost, "0"), st.tracer.Collector, st.names()...)
		}
		switch {
		case errors.Is(err, syscall.EADDRINUSE):
			taken = append(taken, fmt.Sprintf("port %s is in use (--xray-port)", port))
		case err != nil:
			errs = append(errs, listenError("xray-", st.xrayHost, port, err))
		default:
			ls.xray = xray
		}
	}
	if len(taken) > 0 {
		errs = append(errs, errors.New(strings.Join(taken, "\n")))
	}
	if len(errs) == 0 {
		return ls, nil
	}
	ls.close()
	err := errors.Join(errs...)
	if len(taken) > 0 {
		return nil, cli.Hint(err, st.elsewhere(st.free(ctx))+" takes free ports")
	}
	return nil, err
}

// elsewhere returns the command that starts the servers at this port and those after it.
func (st *starter) elsewhere(port int) string {
	if st.sys.Getenv("MAKELEVEL") != "" {
		return fmt.Sprintf("make start PORT=%d", port)
	}
	line := "apigw"
	for i := 0; i < len(st.sys.Args); i++ {
		name, _, valued := strings.Cut(st.sys.Args[i], "=")
		if slices.Contains([]string{"-p", "--port", "--lambda-port", "--trace-port", "--xray-port"}, name) {
			if !valued {
				i++
			}
			continue
		}
		line += " " + shellword.Quoted(st.sys.Args[i])
	}
	return fmt.Sprintf("%s --port %d", line, port)
}

// further returns the port of API number i, after those of the other servers.
func (st *starter) further(i int) string {
	base, err := strconv.Atoi(st.port)
	if err != nil || base == 0 || base+2+i > 65535 {
		return "0"
	}
	return strconv.Itoa(base + 2 + i)
}

// free returns a port that is free, as are the two after it.
func (st *starter) free(ctx context.Context) int {
	var config net.ListenConfig
	for port := 3100; port < 4000; port += 100 {
		open := 0
		for i := range 3 {
			if l, err := config.Listen(ctx, "tcp", net.JoinHostPort(st.host, strconv.Itoa(port+i))); err == nil {
				l.Close()
				open++
			}
		}
		if open == 3 {
			return port
		}
	}
	return 4100
}

// listenError explains why a port cannot be opened. Its flags are prefix with host and port.
func listenError(prefix, host, port string, err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		err = op.Err
	}
	return fmt.Errorf("--%shost %s --%sport %s: %w", prefix, host, prefix, port, err)
}

// names returns the host names that clients may use for the servers, besides localhost and IP
// addresses.
func (st *starter) names() []string {
	return []string{st.host, st.lambdaHost, st.traceHost, st.xrayHost}
}

// checkXRayHost rejects an address that functions cannot use.
func checkXRayHost(host string) error {
	if ip := net.ParseIP(host); ip != nil && ip.To4() == nil && !ip.IsUnspecified() {
		return cli.Usagef("--xray-host %s: the X-Ray SDKs do not accept IPv6 addresses; pass an IPv4 address, or :: for all addresses", host)
	}
	return nil
}

func checkPort(flag, text string) error {
	if text == "off" {
		if flag == "port" {
			return cli.Usagef("--port off: start always serves the REST API; to invoke only functions, pick another port")
		}
		return nil
	}
	if n, err := strconv.Atoi(text); err != nil || n < 0 || n > 65535 {
		return cli.Usagef("--%s %q: it must be a number from 0 (a free port) to 65535, or off", flag, text)
	}
	return nil
}
