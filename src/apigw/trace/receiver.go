package trace

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"example.com/guessing-game/src/apigw/bodies"
	"example.com/guessing-game/src/apigw/door"
)

const (
	// maxDatagram is more than UDP carries.
	maxDatagram = 64 << 10
	// receiveBuffer is how much of a burst the kernel buffers.
	receiveBuffer = 4 << 20
	// maxCallBytes bounds the body of a call that the SDK makes over TCP.
	maxCallBytes = 1 << 20
	// portTries is how often a port is tried that must be free for both UDP and TCP.
	portTries = 20
)

// Receiver takes segments as the X-Ray daemon does: in UDP datagrams, each a header line and a
// document. On the TCP port of the same number it serves what the SDKs request from the daemon,
// which passes it on to X-Ray: sampling rules (everything is sampled), and segment documents sent
// by PutTraceSegments.
type Receiver struct {
	collector *Collector
	udp       net.PacketConn
	server    *http.Server
	tasks     sync.WaitGroup
}

// Listen opens the ports at an address such as 127.0.0.1:2000 and receives until Close. A
// port of 0 picks a free one. Names are host names, besides localhost and all IP addresses,
// by which clients over TCP may name the server; web pages may not send anything there.
func Listen(address string, c *Collector, names ...string) (*Receiver, error) {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("the X-Ray address %q is not host:port: %w", address, err)
	}
	var tcp net.Listener
	var udp net.PacketConn
	for try := 0; ; try++ {
		if udp, err = net.ListenPacket("udp", address); err != nil {
			return nil, fmt.Errorf("no port to receive X-Ray segments: %w", err)
		}
		if tcp, err = net.Listen("tcp", udp.LocalAddr().String()); err == nil {
			break
		}
		udp.Close()
		if port != "0" || try == portTries {
			return nil, fmt.Errorf("no port for the X-Ray SDKs: %w", err)
		}
	}
	if conn, ok := udp.(*net.UDPConn); ok {
		conn.SetReadBuffer(receiveBuffer) // a smaller one loses segments of a burst, nothing more
	}
	r := &Receiver{collector: c, udp: udp}
	r.server = &http.Server{Handler: door.Door{Names: names}.Handler(r.calls()), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, ErrorLog: log.New(io.Discard, "", 0)}
	r.tasks.Go(r.receive)
	r.tasks.Go(func() { r.server.Serve(tcp) })
	return r, nil
}

// LocalAddr is the address at which the ports are open.
func (r *Receiver) LocalAddr() net.Addr { return r.udp.LocalAddr() }

// Addr is the address in the form AWS_XRAY_DAEMON_ADDRESS takes, as a process on this machine
// reaches it: at 127.0.0.1 if the ports are open at all addresses.
func (r *Receiver) Addr() string {
	addr, ok := r.udp.LocalAddr().(*net.UDPAddr)
	if ok && addr.IP.IsUnspecified() {
		return net.JoinHostPort("127.0.0.1", strconv.Itoa(addr.Port))
	}
	return r.udp.LocalAddr().String()
}

// Close closes the ports.
func (r *Receiver) Close() error {
	err := errors.Join(r.udp.Close(), r.server.Close())
	r.tasks.Wait()
	return err
}

func (r *Receiver) receive() {
	buffer := make([]byte, maxDatagram)
	for {
		n, _, err := r.udp.ReadFrom(buffer)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err == nil {
			r.datagram(buffer[:n])
		}
	}
}

// datagram handles one datagram.
func (r *Receiver) datagram(b []byte) {
	line, document, ok := bytes.Cut(b, []byte("\n"))
	var header struct {
		Format  string `json:"format"`
		Version int    `json:"version"`
	}
	if err := json.Unmarshal(line, &header); err != nil || !ok || header.Format != "json" || header.Version != 1 {
		r.collector.refuse(fmt.Errorf("a datagram of %d bytes does not begin with the line {\"format\":\"json\",\"version\":1}", len(b)))
		return
	}
	r.collector.AddDocument(document) // what is wrong with it is logged there
}

// calls serves the part of the X-Ray API that SDKs call through the daemon.
func (r *Receiver) calls() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /GetSamplingRules", func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, `{"SamplingRuleRecords":[{"SamplingRule":{"RuleName":"Default","RuleARN":"arn:aws:xray:us-east-1:123456789012:sampling-rule/Default",`+
			`"ResourceARN":"*","Priority":10000,"FixedRate":1,"ReservoirSize":1,"ServiceName":"*","ServiceType":"*","Host":"*","HTTPMethod":"*","URLPath":"*",`+
			`"Version":1,"Attributes":{}},"CreatedAt":0,"ModifiedAt":0}]}`)
	})
	mux.HandleFunc("POST /SamplingTargets", samplingTargets)
	mux.HandleFunc("POST /TelemetryRecords", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "{}") })
	mux.HandleFunc("POST /TraceSegments", r.putTraceSegments)
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		body, err := bodies.Read(req, maxCallBytes)
		if errors.Is(err, bodies.ErrTooLarge) {
			w.Header().Set("Connection", "close")
			http.Error(w, `{"message":"a call has at most `+strconv.Itoa(maxCallBytes)+` bytes"}`, http.StatusRequestEntityTooLarge)
			bodies.Drain(w, req)
			return
		}
		if err != nil {
			panic(http.ErrAbortHandler) // the client has gone
		}
		req.Body = io.NopCloser(bytes.NewReader(body))
		mux.ServeHTTP(w, req)
	})
}

// samplingTargets instructs an SDK to keep sampling everything.
func samplingTargets(w http.ResponseWriter, r *http.Request) {
	var in struct {
		SamplingStatisticsDocuments []struct{ RuleName string }
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		http.Error(w, `{"message":`+strconv.Quote(err.Error())+`}`, http.StatusBadRequest)
		return
	}
	type target struct {
		RuleName          string
		FixedRate         float64
		ReservoirQuota    int
		ReservoirQuotaTTL int64
		Interval          int
	}
	out := struct {
		LastRuleModification    int64
		SamplingTargetDocuments []target
		UnprocessedStatistics   []struct{}
	}{SamplingTargetDocuments: []target{}, UnprocessedStatistics: []struct{}{}}
	for _, d := range in.SamplingStatisticsDocuments {
		out.SamplingTargetDocuments = append(out.SamplingTargetDocuments,
			target{RuleName: d.RuleName, FixedRate: 1, ReservoirQuota: 1, ReservoirQuotaTTL: time.Now().Add(time.Hour).Unix(), Interval: 300})
	}
	json.NewEncoder(w).Encode(out)
}

// putTraceSegments takes documents as the API itself does.
func (r *Receiver) putTraceSegments(w http.ResponseWriter, req *http.Request) {
	var in struct{ TraceSegmentDocuments []string }
	if err := json.NewDecoder(req.Body).Decode(&in); err != nil {
		http.Error(w, `{"message":`+strconv.Quote(err.Error())+`}`, http.StatusBadRequest)
		return
	}
	type refused struct {
		ID        string `json:"Id"`
		ErrorCode string
		Message   string
	}
	out := struct{ UnprocessedTraceSegments []refused }{[]refused{}}
	for _, document := range in.TraceSegmentDocuments {
		if err := r.collector.AddDocument([]byte(document)); err != nil {
			var s struct {
				ID string `json:"id"`
			}
			json.Unmarshal([]byte(document), &s)
			out.UnprocessedTraceSegments = append(out.UnprocessedTraceSegments, refused{s.ID, "InvalidSegment", err.Error()})
		}
	}
	json.NewEncoder(w).Encode(out)
}
