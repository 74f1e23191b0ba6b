// Package bodies bounds the bodies of requests to the servers of apigw, so that a client that
// sends too much is told before it sends the body, or can at least read why it was refused.
package bodies

import (
	"errors"
	"io"
	"net/http"
	"time"
)

// ErrTooLarge is the error of a body that is larger than its limit.
var ErrTooLarge = errors.New("the body is too large")

// Read reads a body of at most most bytes. A body that announces a greater length is left unread,
// so that a client that waits for 100 Continue gets the refusal instead.
func Read(r *http.Request, most int64) ([]byte, error) {
	if r.ContentLength > most {
		return nil, ErrTooLarge
	}
	b, err := io.ReadAll(io.LimitReader(r.Body, most+1))
	if err == nil && int64(len(b)) > most {
		err = ErrTooLarge
	}
	return b, err
}

// drainTime is how long the rest of a body is read after it has been refused.
const drainTime = 2 * time.Second

// Drain reads and discards the rest of a body that has been refused as too large, for a moment:
// many clients do not read the response before they have sent everything, and would see a broken
// connection instead. The response is written by then, with the header Connection: close.
func Drain(w http.ResponseWriter, r *http.Request) {
	c := http.NewResponseController(w)
	if c.SetReadDeadline(time.Now().Add(drainTime)) != nil || c.Flush() != nil {
		return
	}
	_, _ = io.Copy(io.Discard, r.Body) // its errors are the client's
}
