package bench

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/src/apigw/mappingtest"
)

// Kept is an attempt as a mapping test.
type Kept struct {
	Name string `json:"name"` // a file name for it
	Text string `json:"text"`
	// Masked says that the test has *** in place of a hidden value of the request or result.
	Masked bool `json:"masked,omitempty"`
}

// Keep turns an attempt into a mapping test, which expects the attempt's outcome under a test's
// clock and ids.
func (a *API) Keep(ctx context.Context, t *Attempt, comment string) (*Kept, error) {
	ids := 0
	run, err := a.run(ctx, t, "", mappingtest.Now, func() string {
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
	draft := mappingtest.NewDraft(strings.Join(strings.Fields(comment), " "))
	draft.Request(run.Request.Method, a.resource(run.Request.Path), headersBut(run.Request.Headers, ofTheWay), run.Request.Text)
	if r := t.Result; r != nil && run.Result != nil {
		switch {
		case run.Type == gateway.Mock:
		case run.Event.Sent != "":
			draft.ServiceResponse(max(r.Status, 200), headersBut(r.Headers, nil), r.Text)
		default:
			draft.Returned(r.Text, r.Failed)
		}
	}
	switch {
	case strings.HasSuffix(run.Type, "_PROXY") || run.Type == gateway.Mock:
	case run.Event != nil && run.Event.Sent != "":
		draft.ServiceRequest(run.Event.Sent, nil, &run.Event.Text)
	case run.Event != nil && run.Result != nil:
		draft.Event(run.Event.Text)
	default:
		draft.Event("")
	}
	draft.Response(run.Response.Status, headersBut(run.Response.Headers, mappingtest.Varies), &run.Response.Text)
	text, err := draft.Bytes()
	if err != nil {
		return nil, err
	}
	k := &Kept{Text: string(text)}
	k.Name = strings.Trim(strings.ToLower(notOfAName.ReplaceAllString(fmt.Sprint(run.Route, " ", run.Response.Status), "-")), "-") + ".txtar"
	k.Masked = strings.Contains(k.Text, "***")
	if _, err := mappingtest.Parse(k.Name, []byte(k.Text)); err != nil {
		return nil, fmt.Errorf("this cannot be a mapping test: %w", err)
	}
	return k, nil
}

var notOfAName = regexp.MustCompile(`[^A-Za-z0-9]+`)

// headersBut returns headers without some of them; nil removes none.
func headersBut(all []Header, but func(name string) bool) (left []gateway.Header) {
	for _, h := range all {
		if but == nil || !but(h.Name) {
			left = append(left, gateway.Header(h))
		}
	}
	return left
}

// ofTheWay reports whether a request header belongs to the connection rather than to the client.
func ofTheWay(name string) bool {
	switch strings.ToLower(name) {
	case "host", "connection", "content-length", "accept-encoding", "x-amzn-trace-id":
		return true
	}
	return false
}
