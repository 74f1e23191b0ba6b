package invoke

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

// An endpoint does not send an event, and the credentials of its request, on to another.
func TestRemoteIsNotRedirected(t *testing.T) {
	t.Parallel()
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the event is sent elsewhere") }))
	defer other.Close()
	endpoint := httptest.NewServer(http.RedirectHandler(other.URL, http.StatusTemporaryRedirect))
	defer endpoint.Close()
	for _, client := range []*http.Client{nil, {}} {
		_, err := (&Remote{Endpoint: endpoint.URL, Function: "Test", Client: client}).Invoke(t.Context(), Invocation{Payload: []byte(`{}`)})
		var refused *Error
		if !errors.As(err, &refused) || refused.Status != http.StatusTemporaryRedirect {
			t.Errorf("%v", err)
		}
	}
}

// sam local start-lambda refuses every query parameter, with this text. The invocation reaches it
// nevertheless, and the second one no longer sends any.
func TestRemoteDoesWithoutQualifiers(t *testing.T) {
	t.Parallel()
	var queries []string
	sam := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		queries = append(queries, r.URL.RawQuery)
		if r.URL.RawQuery != "" {
			w.Header().Set("x-amzn-errortype", "InvalidRequestContent")
			w.WriteHeader(http.StatusBadRequest)
			io.WriteString(w, `{"Type":"User","Message":"Query Parameters are not supported"}`)
			return
		}
		io.WriteString(w, `"done"`)
	}))
	defer sam.Close()
	remote := &Remote{Endpoint: sam.URL, Function: "Test"}
	for range 2 {
		resp, err := remote.Invoke(context.Background(), Invocation{Payload: []byte(`{}`), Qualifier: "live"})
		if err != nil || string(resp.Payload) != `"done"` {
			t.Fatalf("got %s, %v", resp.Payload, err)
		}
	}
	if len(queries) != 3 || queries[0] != "Qualifier=live" || queries[1] != "" || queries[2] != "" {
		t.Errorf("asked with the queries %q", queries)
	}
}
