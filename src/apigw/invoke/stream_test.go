package invoke

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"
)

// A streamed answer goes as it is through a host, through InvokeWithResponseStream and through a
// Remote that asks for it.
func TestStream(t *testing.T) {
	t.Parallel()
	h, _ := testHost(t, "ok", nil)
	server := httptest.NewServer(&Server{Functions: map[string]Function{"Test": h}, Region: "us-east-1", AccountID: "123456789012"})
	t.Cleanup(server.Close)
	for name, f := range map[string]Function{"host": h, "remote": &Remote{Endpoint: server.URL, Function: "Test", Region: "us-east-1"}} {
		for _, c := range []struct{ event, streamed, functionError, payload string }{
			{`{"do":"stream"}`, "one two", "", ""},
			{`{"do":"streamfail"}`, "one ", "Unhandled", "stream broke"},
			{`{"do":"error"}`, "", "Unhandled", "errorMessage"},
		} {
			var got strings.Builder
			resp, err := f.Invoke(context.Background(), Invocation{Payload: []byte(c.event), Stream: &got})
			if err != nil || got.String() != c.streamed || resp.FunctionError != c.functionError || !strings.Contains(string(resp.Payload), c.payload) {
				t.Errorf("%s %s: streamed %q, %q %s %v", name, c.event, got.String(), resp.FunctionError, resp.Payload, err)
			}
		}
		var got strings.Builder
		resp, err := f.Invoke(context.Background(), Invocation{Payload: []byte(`1`), Stream: &got})
		if whole := got.String() + string(resp.Payload); err != nil || whole != "1" {
			t.Errorf("%s: a whole answer is %q, want 1: %v", name, whole, err)
		}
	}
}
