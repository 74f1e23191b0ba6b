package bench

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"golang.org/x/tools/txtar"

	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/src/apigw/mappingtest"
)

// Kept is an attempt as a mapping test.
type Kept struct {
	Name string `json:"name"` // a file name for it
	Text string `json:"text"`
	// Masked says that the test has *** where the request or result had a value that is hidden.
	Masked bool `json:"masked,omitempty"`
}

// Keep makes a mapping test of an attempt: what comes of it under a test's clock and ids is what the test expects.
func (a *API) Keep(ctx context.Context, t *Attempt, comment string) (*Kept, error) {
	ids := 0
	run, err := a.run(ctx, t, mappingtest.Now, func() string {
		ids++
		return mappingtest.ID(ids)
	})
	if err != nil {
		return nil, err
	}
	if run.Request.Base64 || run.Response.Base64 || run.Response.Left > 0 || run.Event != nil && run.Event.Left > 0 {
		return nil, fmt.Errorf("a mapping test holds text of at most %d bytes", MaxBody)
	}
	if strings.ContainsAny(run.Request.Path, " \t\r\n") {
		return nil, fmt.Errorf("the path %q has white space", run.Request.Path)
	}
	archive := &txtar.Archive{Comment: []byte(strings.Join(strings.Fields(comment), " ") + "\n")}
	add := func(name, text string) {
		if text != "" && !strings.HasSuffix(text, "\n") {
			text += "\n"
		}
		archive.Files = append(archive.Files, txtar.File{Name: name, Data: []byte(text)})
	}
	var request strings.Builder
	fmt.Fprintf(&request, "%s %s\n", run.Request.Method, a.resource(run.Request.Path))
	for _, h := range run.Request.Headers {
		if !ofTheWay(h.Name) {
			fmt.Fprintf(&request, "%s: %s\n", h.Name, h.Value)
		}
	}
	if run.Request.Text != "" {
		request.WriteString("\n" + run.Request.Text)
	}
	add("request", request.String())
	proxy := strings.HasSuffix(run.Type, "_PROXY")
	if r := t.Result; r != nil && run.Result != nil {
		switch {
		case run.Type == gateway.Mock:
		case run.Event.Sent != "":
			answer := fmt.Sprintln(max(r.Status, 200))
			for _, h := range r.Headers {
				answer += h.Name + ": " + h.Value + "\n"
			}
			add("service response", answer+"\n"+r.Text)
		case r.Failed:
			add("error", r.Text)
		default:
			add("result", r.Text)
		}
	}
	switch {
	case proxy || run.Type == gateway.Mock:
	case run.Event != nil && run.Event.Sent != "":
		add("service request", run.Event.Sent+"\n\n"+run.Event.Text)
	case run.Event != nil && run.Result != nil:
		add("event", run.Event.Text)
	default:
		add("event", "")
	}
	response := fmt.Sprintln(run.Response.Status)
	for _, h := range run.Response.Headers {
		if name := strings.ToLower(h.Name); !strings.HasPrefix(name, "x-amzn-") && name != "x-amz-apigw-id" && name != "content-length" {
			response += h.Name + ": " + h.Value + "\n"
		}
	}
	add("response", response+"\n"+run.Response.Text)
	k := &Kept{Text: string(txtar.Format(archive))}
	k.Name = strings.Trim(strings.ToLower(notOfAName.ReplaceAllString(fmt.Sprint(run.Route, " ", run.Response.Status), "-")), "-") + ".txtar"
	k.Masked = strings.Contains(k.Text, "***")
	if _, err := mappingtest.Parse(k.Name, []byte(k.Text)); err != nil {
		return nil, fmt.Errorf("this cannot be a mapping test: %w", err)
	}
	return k, nil
}

var notOfAName = regexp.MustCompile(`[^A-Za-z0-9]+`)

// ofTheWay reports whether a request header is of the connection rather than of the client.
func ofTheWay(name string) bool {
	switch strings.ToLower(name) {
	case "host", "connection", "content-length", "accept-encoding", "x-amzn-trace-id":
		return true
	}
	return false
}
