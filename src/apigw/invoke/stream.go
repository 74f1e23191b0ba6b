package invoke

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream"
)

// InvokeWithResponseStream returns a stream of events: any number of PayloadChunk, then
// InvokeComplete. https://docs.aws.amazon.com/lambda/latest/api/API_InvokeWithResponseStream.html

const (
	streamPrefix = "/2021-11-15/functions/"
	streamSuffix = "/response-streaming-invocations"
	streamType   = "application/vnd.amazon.eventstream"
)

// streamPath recognises calls of InvokeWithResponseStream.
func streamPath(r *http.Request) bool {
	return r.Method == http.MethodPost && strings.HasPrefix(r.URL.Path, streamPrefix) && strings.HasSuffix(strings.TrimSuffix(r.URL.Path, "/"), streamSuffix)
}

// chunkWriter writes PayloadChunk events as they arrive. The head of the response is sent with the
// first.
type chunkWriter struct {
	w       http.ResponseWriter
	id      string
	begun   bool
	encoder *eventstream.Encoder
}

func (c *chunkWriter) begin() {
	if c.begun {
		return
	}
	c.begun = true
	h := c.w.Header()
	h.Set("Content-Type", streamType)
	h.Set("X-Amzn-Requestid", c.id)
	h.Set("X-Amz-Executed-Version", latest)
	h.Set("X-Amzn-Remapped-Content-Type", "application/vnd.awslambda.http-integration-response")
	c.w.WriteHeader(http.StatusOK)
}

func (c *chunkWriter) event(kind, contentType string, payload []byte) error {
	c.begin()
	var m eventstream.Message
	m.Headers.Set(":message-type", eventstream.StringValue("event"))
	m.Headers.Set(":event-type", eventstream.StringValue(kind))
	m.Headers.Set(":content-type", eventstream.StringValue(contentType))
	m.Payload = payload
	if err := c.encoder.Encode(c.w, m); err != nil {
		return err
	}
	return http.NewResponseController(c.w).Flush()
}

func (c *chunkWriter) Write(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if err := c.event("PayloadChunk", "application/octet-stream", p); err != nil {
		return 0, err
	}
	return len(p), nil
}

// lent is the Stream of an invocation until that invocation returns. The function may still write
// after that, and may respond over two connections at once.
type lent struct {
	mu sync.Mutex
	to io.Writer // nil once it has been returned
}

var errGivenBack = errors.New("the invocation has returned")

func (l *lent) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.to == nil {
		return 0, errGivenBack
	}
	return l.to.Write(p)
}

// giveBack waits for a write in progress; none follows it.
func (l *lent) giveBack() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.to = nil
}

// complete is the payload of InvokeComplete.
type complete struct {
	ErrorCode    string `json:"ErrorCode,omitempty"`
	ErrorDetails string `json:"ErrorDetails,omitempty"`
	LogResult    string `json:"LogResult,omitempty"`
}

// serveStream serves a call of InvokeWithResponseStream.
func (s *Server) serveStream(w http.ResponseWriter, r *http.Request, requestID string) {
	c := &chunkWriter{w: w, id: requestID, encoder: eventstream.NewEncoder()}
	resp, err := s.invoke(r, requestID, c)
	switch {
	case err != nil && !c.begun:
		w.Header().Set("X-Amzn-Requestid", requestID)
		s.refuse(w, r, err)
		return
	case err != nil: // the caller has gone
		return
	case resp.StatusCode != http.StatusOK:
		w.Header().Set("X-Amzn-Requestid", requestID)
		w.WriteHeader(resp.StatusCode)
		return
	}
	end := complete{LogResult: resp.LogResult}
	if resp.FunctionError != "" {
		end.ErrorCode, end.ErrorDetails = resp.FunctionError, string(resp.Payload)
	} else if _, err := c.Write(resp.Payload); err != nil { // of a function that does not stream
		return
	}
	payload, _ := json.Marshal(end)
	_ = c.event("InvokeComplete", "application/json", payload) // an error means that the caller has disconnected
}

// readStream passes on the chunks of a response of InvokeWithResponseStream.
func readStream(to io.Writer, from io.Reader) (complete, error) {
	decoder := eventstream.NewDecoder()
	var buffer [64 << 10]byte
	for {
		m, err := decoder.Decode(from, buffer[:0])
		if err != nil {
			return complete{}, fmt.Errorf("the response broke off: %w", err)
		}
		kind := ""
		if v := m.Headers.Get(":event-type"); v != nil {
			kind = v.String()
		}
		switch kind {
		case "PayloadChunk":
			if _, err := to.Write(m.Payload); err != nil {
				return complete{}, err
			}
		case "InvokeComplete":
			var end complete
			if err := json.Unmarshal(m.Payload, &end); err != nil && len(bytes.TrimSpace(m.Payload)) > 0 {
				return complete{}, fmt.Errorf("InvokeComplete is not JSON: %w", err)
			}
			return end, nil
		default:
			return complete{}, errors.New("the response has an event that is neither PayloadChunk nor InvokeComplete")
		}
	}
}
