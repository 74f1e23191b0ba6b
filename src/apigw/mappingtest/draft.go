package mappingtest

import (
	"fmt"
	"strings"

	"golang.org/x/tools/txtar"

	"example.com/guessing-game/src/apigw/gateway"
)

// Draft writes a test file by file, in the form that Format describes and [Parse] reads.
type Draft struct{ archive txtar.Archive }

// NewDraft starts a test. Its comment is one line.
func NewDraft(comment string) *Draft {
	return &Draft{txtar.Archive{Comment: []byte(comment + "\n")}}
}

// Request adds the request; without a body if that is empty.
func (d *Draft) Request(method, path string, headers []gateway.Header, body string) {
	if body == "" {
		d.message(request, method+" "+path, headers, nil)
		return
	}
	d.message(request, method+" "+path, headers, &body)
}

// Returned adds what the function returns; failed says that it is the function's error.
func (d *Draft) Returned(payload string, failed bool) {
	if failed {
		d.add(failure, payload)
		return
	}
	d.add(result, payload)
}

// Event adds the event that the function should get; empty if it should not be invoked.
func (d *Draft) Event(payload string) { d.add(event, payload) }

// ServiceResponse adds what the service returns.
func (d *Draft) ServiceResponse(status int, headers []gateway.Header, body string) {
	d.message(serviceResponse, fmt.Sprint(status), headers, &body)
}

// ServiceRequest adds the request that the service should get: sent is "METHOD URL". A body of nil
// is not compared.
func (d *Draft) ServiceRequest(sent string, headers []gateway.Header, body *string) {
	d.message(serviceRequest, sent, headers, body)
}

// Response adds what the client should get. A body of nil is not compared.
func (d *Draft) Response(status int, headers []gateway.Header, body *string) {
	d.message(response, fmt.Sprint(status), headers, body)
}

func (d *Draft) message(name, first string, headers []gateway.Header, body *string) {
	var b strings.Builder
	b.WriteString(first + "\n")
	for _, h := range headers {
		b.WriteString(h.Name + ": " + h.Value + "\n")
	}
	if body != nil {
		b.WriteString("\n" + *body)
	}
	d.add(name, b.String())
}

func (d *Draft) add(name, text string) {
	d.archive.Files = append(d.archive.Files, txtar.File{Name: name, Data: []byte(lines(text))})
}

// Bytes returns the test. The error says that a string in it would begin another part of the test.
func (d *Draft) Bytes() ([]byte, error) { return format(&d.archive) }

// format returns the archive as a string. The format cannot represent a line that begins a file,
// which a client may have sent.
func format(a *txtar.Archive) ([]byte, error) {
	for _, f := range a.Files {
		if begun := txtar.Parse(f.Data).Files; len(begun) > 0 {
			return nil, fmt.Errorf("a mapping test cannot hold the line %q in its %s", "-- "+begun[0].Name+" --", f.Name)
		}
	}
	return txtar.Format(a), nil
}

// Varies reports whether a header of a response is set by the gateway, whatever the document says.
func Varies(name string) bool {
	name = strings.ToLower(name)
	return strings.HasPrefix(name, "x-amzn-") || name == "x-amz-apigw-id" || name == "content-length" || name == "connection"
}
