package gateway

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

// Streamed responses:
// https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html. Status
// and headers go to the client when all of the backend's headers have arrived, and then each piece
// of the body as it arrives.

// transferMode reads responseTransferMode.
func (l *loader) transferMode(r *Route, in *Integration, n *yaml.Node) {
	m := get(n, "responseTransferMode")
	switch mode := strings.ToUpper(text(m)); {
	case mode == "" || mode == "BUFFERED":
	case mode != "STREAM":
		l.problem(l.doc.at(m), r.Name(), fmt.Sprintf("there is no responseTransferMode %q", text(m)), "write BUFFERED or STREAM")
	case in.Type == HTTPProxy || in.Type == AWSProxy:
		in.Stream = true
	default:
		l.problem(l.doc.at(m), r.Name(), "responseTransferMode: STREAM is for the types http_proxy and aws_proxy only", "make it a proxy integration, or leave responseTransferMode out")
	}
}

// pieceSize bounds a read of a stream before it is sent on; what a backend has written is sent
// without waiting for more.
const pieceSize = 32 << 10

// writeStream sends the pieces of a response's body as they arrive. The error is the stream's, or
// that of a client that has disconnected.
func writeStream(w http.ResponseWriter, body io.Reader) (sent int64, err error) {
	flush := http.NewResponseController(w)
	if err := flush.Flush(); err != nil { // the headers are not held back
		return 0, err
	}
	piece := make([]byte, pieceSize)
	for {
		n, err := body.Read(piece)
		if n > 0 {
			wrote, err := w.Write(piece[:n])
			sent += int64(wrote)
			if err == nil {
				err = flush.Flush()
			}
			if err != nil {
				return sent, fmt.Errorf("%w: %w", errClientGone, err)
			}
		}
		if err == io.EOF {
			return sent, nil
		}
		if err != nil {
			return sent, err
		}
	}
}

// extend gives the writing of a response as much time as its integration may take: servers have
// their own limits for slow clients.
func extend(w http.ResponseWriter, timeout time.Duration) {
	c := http.NewResponseController(w)
	until := time.Now().Add(timeout + writingTime)
	_ = c.SetReadDeadline(until) // an error means that the writer is not a connection's
	_ = c.SetWriteDeadline(until)
}

// writingTime is how long a client may take to receive the end of a response, in addition to the
// time of the integration.
const writingTime = time.Minute

// writeStreamed sends a response as it arrives. If it breaks off, the connection ends, because
// status and headers have already been sent.
func (x *exchange) writeStreamed(w http.ResponseWriter, a *clientResponse) {
	extend(w, x.route.Integration.Timeout)
	w.WriteHeader(a.status)
	var sent int64
	var err error
	if x.r.Method != http.MethodHead && a.status != http.StatusNoContent && a.status != http.StatusNotModified {
		sent, err = writeStream(w, a.stream)
	}
	a.stream.Close()
	if s, ok := a.stream.(*functionStream); ok && x.rec != nil {
		x.rec.FunctionRequestID, x.rec.FunctionError = s.out.RequestID, s.out.FunctionError
		if errors.Is(err, errFunctionFailed) {
			x.response, x.result.errored = payload{text: string(s.out.Payload)}, true
			err = fmt.Errorf("%w: %s", err, x.errorMessage())
		}
	}
	if err == nil {
		x.logStreamed(sent)
		return
	}
	x.breakOff(fmt.Errorf("the response broke off after %d bytes: %w", sent, err))
}

// breakOff ends the connection in the middle of a response.
func (x *exchange) breakOff(err error) {
	if x.rec != nil {
		x.rec.Error = err
		x.log("Execution failed: ", err.Error())
	}
	x.broken = true
}

func (x *exchange) logStreamed(sent int64) {
	x.logf("Method response body after transformations: [STREAM of %d bytes]", sent)
	x.log("Successfully completed execution", "")
	x.logf("Method completed with status: %d", x.result.status)
}
