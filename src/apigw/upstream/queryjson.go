package upstream

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"strings"

	"example.com/guessing-game/src/apigw/gateway"
)

const (
	maxTranslated = 10 << 20 // bytes of a response that API Gateway accepts
	maxNested     = 64       // nested elements
)

// element is an XML element.
type element struct {
	name     string
	text     strings.Builder
	children []*element
}

// translate gives the response of a stand-in the form that the service itself has: services of the
// query protocol, such as SQS and SNS, return JSON to clients that accept it, as API Gateway does.
// Stand-ins return XML nevertheless. Anything that is not a response of that protocol is unchanged.
func translate(in *gateway.UpstreamRequest, resp *http.Response) {
	form := queryJSON
	switch kind := resp.Header.Get("Content-Type"); {
	case header(in.Header, "X-Amz-Target") != "" || resp.Header.Get("Content-Encoding") != "":
		return
	case strings.Contains(kind, "xml") && strings.HasPrefix(strings.ToLower(header(in.Header, "Accept")), "application/json"):
	case strings.Contains(kind, "json") && in.Service.Name == "ssm" && in.Service.Action != "" && resp.StatusCode == http.StatusOK:
		form = func(text []byte) ([]byte, bool) {
			return wrapped(in.Service.Action, resp.Header.Get("X-Amzn-Requestid"), text)
		}
	default:
		return
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxTranslated+1))
	if err != nil {
		// The gateway gets the error where the body ends.
		resp.Body = readCloser{io.MultiReader(bytes.NewReader(body), failing{err}), resp.Body}
		return
	}
	text, ok := form(body)
	if !ok || len(body) > maxTranslated {
		resp.Body = readCloser{io.MultiReader(bytes.NewReader(body), resp.Body), resp.Body}
		return
	}
	_ = resp.Body.Close() // it is read to its end
	resp.Body = io.NopCloser(bytes.NewReader(text))
	resp.Header.Set("Content-Type", "application/json")
	resp.Header.Del("Content-Length")
}

type readCloser struct {
	io.Reader
	io.Closer
}

// failing is a reader that only returns an error.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// header returns the value of a header, whatever the case of its name; empty if there is none.
func header(h http.Header, name string) string {
	for n, values := range h {
		if strings.EqualFold(n, name) && len(values) > 0 {
			return values[0]
		}
	}
	return ""
}

// asForm returns a request of the query protocol whose parameters are in its URL with the
// parameters as a form in its body. The services read both, whatever the type of the body; moto
// derives the protocol from the type. It returns nil for any other request.
func asForm(in *gateway.UpstreamRequest) *gateway.UpstreamRequest {
	const formType = "application/x-www-form-urlencoded"
	if in.Method != http.MethodPost || in.URL.Query().Get("Action") == "" || header(in.Header, "X-Amz-Target") != "" || strings.HasPrefix(header(in.Header, "Content-Type"), formType) {
		return nil
	}
	form, u := *in, *in.URL
	form.URL, form.Body, form.Header = &u, u.RawQuery, make(http.Header, len(in.Header))
	u.RawQuery = ""
	for name, values := range in.Header {
		if !strings.EqualFold(name, "Content-Type") {
			form.Header[name] = values
		}
	}
	form.Header["Content-Type"] = []string{formType}
	return &form
}

// wrapped puts the result of a JSON service into the members that surround it in its query
// protocol.
func wrapped(action, requestID string, text []byte) ([]byte, bool) {
	if !json.Valid(text) || bytes.Contains(text, []byte(`"`+action+`Response"`)) {
		return nil, false
	}
	return encoded(map[string]any{action + "Response": map[string]any{
		action + "Result": json.RawMessage(text), "ResponseMetadata": map[string]any{"RequestId": requestID},
	}})
}

// encoded is a value in JSON, without escapes for HTML.
func encoded(value any) ([]byte, bool) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(value)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err == nil
}

// queryJSON returns the JSON for a query protocol's response; ok is false if the XML is something
// else.
func queryJSON(text []byte) (out []byte, ok bool) {
	root, err := parseXML(text)
	if err != nil || root == nil {
		return nil, false
	}
	var value any
	switch {
	case root.name == "ErrorResponse":
		value = root.value()
	case strings.HasSuffix(root.name, "Response") && root.child("ResponseMetadata") != nil:
		value = map[string]any{root.name: root.value()}
	default:
		return nil, false
	}
	return encoded(value)
}

func parseXML(text []byte) (root *element, err error) {
	d := xml.NewDecoder(bytes.NewReader(text))
	var open []*element
	for {
		token, err := d.Token()
		if err == io.EOF {
			return root, nil
		}
		if err != nil {
			return nil, err
		}
		switch t := token.(type) {
		case xml.StartElement:
			e := &element{name: t.Name.Local}
			switch {
			case len(open) == maxNested:
				return nil, errors.New("the XML is nested too deeply")
			case len(open) > 0:
				parent := open[len(open)-1]
				parent.children = append(parent.children, e)
			default:
				root = e
			}
			open = append(open, e)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			if len(open) > 0 {
				open[len(open)-1].text.Write(t)
			}
		}
	}
}

func (e *element) child(name string) *element {
	for _, c := range e.children {
		if c.name == name {
			return c
		}
	}
	return nil
}

// nullable are members of results that are null where the XML omits them, and plural those that
// repeat in XML and are one list or map in JSON. Both are known from responses that users of API
// Gateway have published.
var (
	nullable = map[string][]string{
		"SendMessageResult":    {"MD5OfMessageAttributes", "MD5OfMessageSystemAttributes", "SequenceNumber"},
		"PublishResult":        {"SequenceNumber"},
		"ReceiveMessageResult": {"messages"},
		"Message":              {"Attributes", "MD5OfMessageAttributes", "MessageAttributes"},
	}
	plural = map[string]string{"Message": "messages", "Attribute": "Attributes", "MessageAttribute": "MessageAttributes"}
)

// value returns the JSON for an element: an object of its children, a list of its members, or its
// text.
func (e *element) value() any {
	if len(e.children) == 0 && !strings.HasSuffix(e.name, "Result") {
		return e.text.String()
	}
	if len(e.children) > 0 && e.all("member") {
		list := make([]any, len(e.children))
		for i, c := range e.children {
			list[i] = c.value()
		}
		return list
	}
	if len(e.children) > 0 && e.all("entry") {
		return pairs(e.children, "key", "value")
	}
	object := map[string]any{}
	for _, name := range nullable[e.name] {
		object[name] = nil
	}
	repeated := map[string][]*element{}
	for _, c := range e.children {
		if name, ok := plural[c.name]; ok && len(c.children) > 0 {
			repeated[name] = append(repeated[name], c)
			continue
		}
		object[c.name] = c.value()
	}
	for name, all := range repeated {
		if name != "messages" {
			object[name] = pairs(all, "Name", "Value")
			continue
		}
		list := make([]any, len(all))
		for i, c := range all {
			list[i] = c.value()
		}
		object[name] = list
	}
	return object
}

func (e *element) all(name string) bool {
	for _, c := range e.children {
		if c.name != name {
			return false
		}
	}
	return true
}

// pairs returns the map for elements with a key and a value.
func pairs(all []*element, key, value string) map[string]any {
	m := make(map[string]any, len(all))
	for _, e := range all {
		if k, v := e.child(key), e.child(value); k != nil && v != nil {
			m[k.text.String()] = v.value()
		}
	}
	return m
}
