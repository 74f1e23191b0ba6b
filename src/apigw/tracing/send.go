package tracing

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"example.com/guessing-game/src/apigw/bench"
	"example.com/guessing-game/src/apigw/gateway/headernames"
	"example.com/guessing-game/src/apigw/gateway/mask"
	"example.com/guessing-game/src/apigw/recorder"
	"example.com/guessing-game/src/apigw/trace"
	"example.com/guessing-game/src/apigw/traceheader"
)

// Sent is what the page sends: a request, or an event to a function.
type Sent struct {
	// Like is the trace of the request that this one was derived from. Where the two agree, what
	// the page does not show is taken from it: the values of secret headers, and a body that is
	// too long.
	Like     string        `json:"like,omitempty"`
	Request  bench.Request `json:"request,omitzero"`
	Function string        `json:"function,omitempty"`
	Event    bench.Body    `json:"event,omitzero"`
}

// Changed returns the request that the page sends.
func (t *Tracer) Changed(ctx context.Context, s Sent) (*http.Request, error) {
	var like *details
	if s.Like != "" {
		if found, ok := t.Trace(s.Like); ok && found.Request != nil {
			like, _ = found.Request.Details.(*details)
		}
	}
	body, err := s.Request.Bytes()
	shown := bench.Request{}
	if like != nil {
		shown = like.shown
		if s.Request.Body == shown.Body && like.whole {
			body, err = like.body, nil
		}
	}
	if err != nil {
		return nil, err
	}
	if strings.Contains(string(body), `"`+mask.Hidden+`"`) {
		return nil, errors.New("the body has *** in place of a hidden value: enter the value")
	}
	var headers []string
	for _, h := range s.Request.Headers {
		value := h.Value
		if value == mask.Secret || value == mask.Hidden {
			if like != nil && like.header.Get(h.Name) != "" {
				value = like.header.Get(h.Name)
			} else {
				return nil, fmt.Errorf("the header %s has %s in place of a hidden value: enter the value", h.Name, value)
			}
		}
		if strings.EqualFold(h.Name, "X-Amzn-Trace-Id") || strings.EqualFold(h.Name, "Content-Length") {
			continue // it gets its own
		}
		headers = append(headers, h.Name+": "+value)
	}
	path := s.Request.Path
	if like != nil && path == shown.Path {
		path = like.target
	}
	stage, rest, ok := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if !ok {
		return nil, fmt.Errorf("the path %q does not begin with a stage", path)
	}
	req, err := recorder.Request(ctx, stage, s.Request.Method, "/"+rest, headers, body)
	if err != nil {
		return nil, err
	}
	if like != nil {
		req.Host = cmp.Or(like.host, req.Host)
	}
	return req, nil
}

// Replay sends a request again through h, with a new trace.
func (t *Tracer) Replay(h http.Handler) func(context.Context, trace.Request) (string, error) {
	return func(ctx context.Context, r trace.Request) (string, error) {
		k, ok := r.Details.(*details)
		if !ok || !k.whole {
			return "", fmt.Errorf("%w: it came over the Invoke API, its body was larger than %d bytes, or it was refused before its body was read", trace.ErrReplay, maxKeptBody)
		}
		req, err := http.NewRequestWithContext(headernames.With(ctx, k.names), k.method, "http://"+k.host+k.target, bytes.NewReader(k.body))
		if err != nil {
			return "", fmt.Errorf("%w: %w", trace.ErrReplay, err)
		}
		id := traceheader.NewTraceID(time.Now(), rand.Reader)
		req.Header = k.header.Clone()
		req.Header.Set("X-Amzn-Trace-Id", traceheader.Header{Root: id, Sampled: "1"}.String())
		req.RequestURI, req.Host, req.RemoteAddr = k.target, k.host, "127.0.0.1:0"
		recorder.Send(h, req)
		return id, nil
	}
}
