package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// The budget of one call. All of it fits into the timeout that Lambda gives a
// function by default, 3 s, and shrinks with the event's own deadline.
const (
	maxAttempts    = 3
	attemptTimeout = time.Second            // with the TLS handshake of a function with little CPU
	callTimeout    = 2 * time.Second        // all attempts and pauses
	reserve        = 200 * time.Millisecond // left of the event's deadline, to respond in time
	firstPause     = 25 * time.Millisecond  // doubled each time; a random part of it is slept
)

// maxResponse bounds what is read of a response. An item has a few hundred bytes.
const maxResponse = 64 << 10

// client speaks DynamoDB's protocol, JSON over HTTP, for the three operations that the store
// needs, with the SDK's own request signer. The SDK's client does the same but takes more time
// and space; the figures are in docs/latency.md.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.LowLevelAPI.html
type client struct {
	Config
	url     string
	signer  *v4.Signer
	attempt time.Duration // attemptTimeout
	call    time.Duration // callTimeout

	mu    sync.Mutex
	http  *http.Client // nil before the first call
	roots []func() *x509.CertPool
}

func newClient(c Config) *client {
	return &client{Config: c, url: c.endpoint(), signer: v4.NewSigner(), attempt: attemptTimeout, call: callTimeout, roots: rootsFor(c)}
}

// httpClient returns the HTTP client, which the first call creates.
func (c *client) httpClient() *http.Client {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.http == nil {
		c.http = newHTTPClient(c.roots[0](), c.attempt)
	}
	return c.http
}

// distrusted records that a server's certificate leads to none of an HTTP client's roots; the next
// attempt uses the next set, if there is one.
func (c *client) distrusted(by *http.Client) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.http == by && len(c.roots) > 1 {
		c.http, c.roots = nil, c.roots[1:]
	}
}

// request is the body of a request, for every operation.
type request struct {
	TableName                           string
	Key                                 item   `json:",omitempty"`
	Item                                item   `json:",omitempty"`
	ConsistentRead                      bool   `json:",omitempty"`
	UpdateExpression                    string `json:",omitempty"`
	ConditionExpression                 string `json:",omitempty"`
	ExpressionAttributeValues           item   `json:",omitempty"`
	ReturnValues                        string `json:",omitempty"`
	ReturnValuesOnConditionCheckFailure string `json:",omitempty"`
}

// response is the body of a response, for every operation.
type response struct {
	Item       item // of GetItem
	Attributes item // of UpdateItem
}

// apiError is a response of DynamoDB that is not a success.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
type apiError struct {
	Status  int
	Code    string // "ConditionalCheckFailedException"
	Message string
	Item    item // with ConditionalCheckFailedException
}

func (e *apiError) Error() string {
	if e.Code == "" {
		return fmt.Sprintf("DynamoDB returned HTTP status %d", e.Status)
	}
	return fmt.Sprintf("DynamoDB returned %s: %s", e.Code, e.Message)
}

// throttled reports whether DynamoDB asks for fewer requests.
func (e *apiError) throttled() bool {
	switch e.Code {
	case "ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded":
		return true
	}
	return e.Status == http.StatusTooManyRequests
}

// worthRetrying reports whether another attempt may end differently.
func worthRetrying(err error) bool {
	var e *apiError
	if errors.As(err, &e) {
		return e.Status >= 500 || e.throttled()
	}
	return true // no response, or half of one
}

// do makes one call: one request, and more only after a fault.
func (c *client) do(ctx context.Context, operation string, r request) (response, error) {
	body, err := json.Marshal(r)
	if err != nil {
		return response{}, err
	}
	call := Call{Operation: operation, Table: c.Table, Region: c.Region}
	if c.Begin != nil {
		end := c.Begin(ctx, operation)
		defer func() { end(call) }()
	}
	until := time.Now().Add(c.call)
	if deadline, ok := ctx.Deadline(); ok && deadline.Add(-reserve).Before(until) {
		until = deadline.Add(-reserve)
	}
	ctx, cancel := context.WithDeadlineCause(ctx, until, fmt.Errorf("no response from DynamoDB in time"))
	defer cancel()

	var answer response
	for {
		answer, err = c.send(ctx, &call, body)
		if err == nil || !worthRetrying(err) || call.Retries == maxAttempts-1 || !pause(ctx, call.Retries) {
			break
		}
		call.Retries++
	}
	var e *apiError
	call.Throttled = errors.As(err, &e) && e.throttled()
	if _, refused := refusedBy(err); !refused && err != nil {
		if cause := context.Cause(ctx); cause != nil && !errors.Is(err, cause) {
			err = fmt.Errorf("%w: %w", cause, err)
		}
		err = fmt.Errorf("%s on table %s, attempt %d: %w", operation, c.Table, call.Retries+1, err)
		call.Err = err
	}
	return answer, err
}

// pause sleeps between two attempts; false if there is no time for another.
func pause(ctx context.Context, retries int) bool {
	t := time.NewTimer(rand.N(firstPause << retries))
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// send sends one request and reads the response.
func (c *client) send(ctx context.Context, call *Call, body []byte) (response, error) {
	call.Status, call.RequestID = 0, ""
	ctx, cancel := context.WithTimeout(ctx, c.attempt)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(body))
	if err != nil {
		return response{}, err
	}
	req.Header.Set("Content-Type", "application/x-amz-json-1.0")
	req.Header.Set("X-Amz-Target", "DynamoDB_20120810."+call.Operation)
	hash := sha256.Sum256(body)
	if err := c.signer.SignHTTP(ctx, c.Credentials, req, hex.EncodeToString(hash[:]), "dynamodb", c.Region, c.Now()); err != nil {
		return response{}, err
	}
	httpClient := c.httpClient()
	resp, err := httpClient.Do(req)
	if err != nil {
		if unknown := new(x509.UnknownAuthorityError); errors.As(err, unknown) {
			c.distrusted(httpClient)
		}
		return response{}, err
	}
	defer resp.Body.Close()
	call.Status, call.RequestID = resp.StatusCode, resp.Header.Get("X-Amzn-Requestid")
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxResponse+1))
	if err != nil {
		return response{}, fmt.Errorf("reading DynamoDB's response: %w", err)
	}
	if len(text) > maxResponse {
		return response{}, fmt.Errorf("DynamoDB's response has more than %d bytes", maxResponse)
	}
	// DynamoDB sends a checksum because bodies do get damaged on the way.
	if sum := resp.Header.Get("X-Amz-Crc32"); sum != "" {
		if want, err := strconv.ParseUint(sum, 10, 32); err != nil || crc32.ChecksumIEEE(text) != uint32(want) {
			return response{}, errors.New("DynamoDB's response does not match its checksum")
		}
	}
	if resp.StatusCode != http.StatusOK {
		return response{}, decodeError(resp.StatusCode, text)
	}
	var answer response
	if json.Unmarshal(text, &answer) != nil || !bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) { // null is valid too
		// The JSON error may quote a digit of the number.
		return response{}, errors.New("DynamoDB's response is malformed JSON")
	}
	return answer, nil
}

// maxErrorText is how many bytes of DynamoDB's message are logged.
const maxErrorText = 300

func decodeError(status int, body []byte) *apiError {
	var e struct {
		Type    string `json:"__type"`
		Message string // "message" or "Message"
		Item    item
	}
	if json.Unmarshal(body, &e) != nil { // a proxy's page, perhaps
		return &apiError{Status: status}
	}
	_, code, found := strings.Cut(e.Type, "#")
	if !found {
		code = e.Type
	}
	return &apiError{Status: status, Code: code, Message: e.Message[:min(len(e.Message), maxErrorText)], Item: e.Item}
}
