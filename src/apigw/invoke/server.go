package invoke

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"

	"github.com/google/uuid"

	"example.com/guessing-game/src/apigw/bodies"
)

// Server speaks the Lambda Invoke API in front of functions, so that the AWS CLI and the
// SDKs reach them: aws lambda invoke --endpoint-url http://… --function-name NAME …
// It checks no signature and no permission: put a door in front of it.
type Server struct {
	// Functions by name. A function is also reached by its ARN, whatever the account and
	// region in it, and with any qualifier that Qualified allows: there is one version.
	Functions map[string]Function
	// Qualified reports whether a function, by its name here, has a version or alias; if it is nil,
	// every function has all of them.
	Qualified func(name, qualifier string) bool
	// Region and AccountID are for the ARN of a function that does not exist.
	Region    string
	AccountID string
	// Logger receives errors that are not the caller's; slog.Default() if nil.
	Logger *slog.Logger
}

// ServeHTTP serves a call of the API.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	requestID := uuid.NewString()
	if streamPath(r) {
		s.serveStream(w, r, requestID)
		return
	}
	resp, err := s.invoke(r, requestID, nil)
	header := w.Header()
	if err != nil {
		header.Set("X-Amzn-Requestid", requestID)
		s.refuse(w, r, err)
		return
	}
	if resp.RequestID == "" {
		resp.RequestID = requestID
	}
	header.Set("X-Amzn-Requestid", resp.RequestID)
	header.Set("X-Amzn-Remapped-Content-Length", "0")
	if resp.Report.TraceID != "" {
		sampled := 0
		if resp.Report.Sampled {
			sampled = 1
		}
		header.Set("X-Amzn-Trace-Id", fmt.Sprintf("Root=%s;Sampled=%d", resp.Report.TraceID, sampled))
	}
	for name, value := range map[string]string{
		"X-Amz-Executed-Version": resp.ExecutedVersion, "X-Amz-Function-Error": resp.FunctionError, "X-Amz-Log-Result": resp.LogResult,
	} {
		if value != "" {
			header.Set(name, value)
		}
	}
	if resp.StatusCode == http.StatusOK {
		header.Set("Content-Type", "application/json")
	}
	w.WriteHeader(resp.StatusCode)
	if resp.StatusCode != http.StatusNoContent {
		w.Write(resp.Payload)
	}
}

func (s *Server) invoke(r *http.Request, requestID string, stream io.Writer) (Response, error) {
	ref, ok := invokePath(r)
	if !ok {
		return Response{}, &Error{Status: http.StatusNotFound, Code: "UnknownOperationException",
			Message: fmt.Sprintf("%s %s: this endpoint knows Invoke, POST /2015-03-31/functions/{FunctionName}/invocations, and InvokeWithResponseStream, POST /2021-11-15/functions/{FunctionName}/response-streaming-invocations", r.Method, r.URL.Path)}
	}
	name, qualifier, ok := parseName(ref)
	if !ok {
		return Response{}, errInvalidParameter("1 validation error detected: Value '%s' at 'functionName' failed to satisfy constraint: "+
			"Member must satisfy regular expression pattern: %s", ref, functionRef)
	}
	if q := r.URL.Query().Get("Qualifier"); q != "" {
		if !qualifierPattern.MatchString(q) {
			return Response{}, errInvalidParameter("1 validation error detected: Value '%s' at 'qualifier' failed to satisfy constraint: "+
				"Member must satisfy regular expression pattern: %s", q, qualifierPattern)
		}
		if qualifier != "" && qualifier != q {
			return Response{}, errInvalidParameter("The derived qualifier from the function name does not match the specified qualifier.")
		}
		qualifier = q
	}
	function := s.Functions[name]
	if function == nil || qualifier != "" && s.Qualified != nil && !s.Qualified(name, qualifier) {
		arn := functionARN(s.Region, s.AccountID, name)
		if qualifier != "" {
			arn += ":" + qualifier
		}
		return Response{}, errNotFound(arn)
	}
	in := Invocation{
		Type: Type(r.Header.Get("X-Amz-Invocation-Type")), TraceHeader: r.Header.Get("X-Amzn-Trace-Id"),
		RequestID: requestID, Qualifier: qualifier, Stream: stream, TenantID: r.Header.Get("X-Amz-Tenant-Id"),
	}
	switch tail := r.Header.Get("X-Amz-Log-Type"); tail {
	case "", "None":
	case "Tail":
		in.LogTail = true
	default:
		return Response{}, errInvalidParameter("1 validation error detected: Value '%s' at 'logType' failed to satisfy constraint: "+
			"Member must satisfy enum value set: [None, Tail]", tail)
	}
	var err error
	if in.ClientContext, err = clientContext(r.Header.Get("X-Amz-Client-Context")); err != nil {
		return Response{}, err
	}
	if in.Payload, err = readPayload(r, in.Type); err != nil {
		return Response{}, err
	}
	return function.Invoke(r.Context(), in)
}

// invokePath returns the FunctionName of a call of Invoke. It is taken from the escaped path,
// since an ARN may be sent with its colons escaped.
func invokePath(r *http.Request) (ref string, ok bool) {
	if r.Method != http.MethodPost {
		return "", false
	}
	for prefix, suffix := range map[string]string{"/2015-03-31/functions/": "/invocations", streamPrefix: streamSuffix} {
		if rest, ok := strings.CutPrefix(r.URL.Path, prefix); ok {
			return strings.CutSuffix(strings.TrimSuffix(rest, "/"), suffix)
		}
	}
	return "", false
}

// clientContext decodes the client context from base64.
func clientContext(encoded string) (string, error) {
	if len(encoded) > MaxClientContextBytes {
		return "", &Error{Status: http.StatusBadRequest, Code: "InvalidRequestContentException",
			Message: fmt.Sprintf("Client context must be no longer than %d bytes", MaxClientContextBytes)}
	}
	decoded, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(decoded) > 0 && !json.Valid(decoded) {
		return "", &Error{Status: http.StatusBadRequest, Code: "InvalidRequestContentException",
			Message: "Client context must be a valid Base64-encoded JSON object."}
	}
	return string(decoded), nil
}

// readPayload reads the body as far as the limit allows.
func readPayload(r *http.Request, t Type) ([]byte, error) {
	if t == "" {
		t = RequestResponse
	}
	limit := t.limit()
	payload, err := bodies.Read(r, int64(limit))
	switch {
	case errors.Is(err, bodies.ErrTooLarge):
		size := int(r.ContentLength)
		if size < 0 {
			rest, _ := io.Copy(io.Discard, io.LimitReader(r.Body, maxDrainBytes))
			size = len(payload) + int(rest)
		}
		return nil, errTooLarge(size, limit, t)
	case err != nil:
		return nil, &Error{Status: http.StatusBadRequest, Code: "InvalidRequestContentException", Message: "Could not read request body: " + err.Error()}
	}
	return payload, nil
}

// refuse writes an error in the form of the API, with the type in a header and the message in the
// body.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	var e *Error
	if !errors.As(err, &e) {
		if errors.Is(err, context.Canceled) { // nobody is left to read a response, so none is sent
			panic(http.ErrAbortHandler)
		}
		logger := s.Logger
		if logger == nil {
			logger = slog.Default()
		}
		logger.Error("an invocation failed", "path", r.URL.Path, "error", err)
		e = &Error{Status: http.StatusInternalServerError, Code: "ServiceException", Message: "The function could not be reached; see the log of the endpoint."}
	}
	tooLarge := e.Status == http.StatusRequestEntityTooLarge
	if tooLarge {
		w.Header().Set("Connection", "close")
	}
	writeError(w, e)
	if tooLarge {
		bodies.Drain(w, r)
	}
}

func writeError(w http.ResponseWriter, e *Error) {
	side := "User"
	if e.Status >= 500 {
		side = "Server"
	}
	members := map[string]string{"Type": side, messageMember(e.Code): e.Message}
	if e.Reason != "" {
		members["Reason"] = e.Reason
	}
	body, _ := json.Marshal(members)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Amzn-Errortype", e.Code)
	w.WriteHeader(e.Status)
	w.Write(body)
}

// messageMember is the name of the member with an error's text, as the API's model has it.
func messageMember(code string) string {
	switch code {
	case "ResourceNotFoundException", "ServiceException":
		return "Message"
	}
	return "message"
}
