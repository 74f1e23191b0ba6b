package rest

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/src/apigw/sam"
)

// invokerFunc is a function that the gateway invokes.
type invokerFunc func(payload []byte) gateway.InvocationResult

func (f invokerFunc) Invoke(_ context.Context, in gateway.Invocation) (gateway.InvocationResult, error) {
	return f(in.Payload), nil
}

// A result with more members than a game has, and with a number that occurs nowhere else, comes
// out with only the selected members; and whatever a client puts into paths, headers and bodies,
// the event has the members that its kind has, with the client's text as the value of one of
// them.
func TestNothingButThePickedMembersLeaves(t *testing.T) {
	t.Parallel()
	template, err := sam.Read(Root+"/template.yaml", sam.Options{})
	if err != nil {
		t.Fatal(err)
	}
	api := template.APIs[0]
	document, err := gateway.NewDocument(api.File, api.Document)
	if err != nil {
		t.Fatal(err)
	}
	const id = "4ce7c7b8-02bc-40a4-823b-6c7c02b028d3"
	const secret = "7315973159"
	results := []gateway.InvocationResult{
		{StatusCode: 200, Payload: []byte(`{"kind":"GameCreated","id":"` + id + `","guesses":[1,null,null],"random_number":` + secret + `,"status":"ongoing","more":` + secret + `}`)},
		{StatusCode: 200, FunctionError: "Unhandled", Payload: []byte(`{"errorMessage":"panic: ` + secret + `","errorType":"runtime.Error","stackTrace":["` + secret + `"]}`)},
		{StatusCode: 200, FunctionError: "Unhandled", Payload: []byte(`{"errorMessage":"GameNotFound: no such game","errorType":"GameNotFound","random_number":` + secret + `}`)},
		{StatusCode: 200, FunctionError: "Unhandled", Payload: []byte(`{"errorMessage":"2026-11-24T00:00:00Z x Task timed out after 3.00 seconds ` + secret + `"}`)},
	}
	members := map[string][]string{
		"gameRequested":     {"idempotencyKey", "kind"},
		"guessSubmitted":    {"guess", "id", "idempotencyKey", "kind"},
		"gameInfoRequested": {"id", "kind"},
	}
	random := rand.New(rand.NewPCG(3, 4))
	var event []byte
	g, err := gateway.New(document, gateway.Options{Stage: "prod", Functions: invokerFunc(func(payload []byte) gateway.InvocationResult {
		event = slices.Clone(payload)
		return results[random.IntN(len(results))]
	})})
	if err != nil {
		t.Fatal(err)
	}
	letters := []rune(`"'\{}[]:,$#!()/%.+- ` + "\t\u0000\u001f\u007fäß😀\u2028abcu0022nkeyguessid")
	text := func(keep func(rune) bool) string {
		var b strings.Builder
		for range random.IntN(20) {
			if r := letters[random.IntN(len(letters))]; keep(r) {
				b.WriteRune(r)
			}
		}
		return b.String()
	}
	invoked := map[string]int{}
	for range 5000 {
		key := text(func(r rune) bool { return r >= ' ' && r != 0x7f })
		segment := text(func(r rune) bool { return r > ' ' && r != 0x7f && !strings.ContainsRune(`/%#?`, r) })
		method, path, body := "GET", "/prod/games/x"+segment, ""
		switch random.IntN(3) {
		case 0:
			method, path = "POST", "/prod/games"
		case 1:
			method, body = "POST", fmt.Sprintf(`{"guess":%d,%q:1,"id":%q,"kind":"x"}`, random.IntN(11), text(func(rune) bool { return true }), segment)
		}
		r := httptest.NewRequest(method, "/", strings.NewReader(body))
		r.URL.Path, r.URL.RawPath, r.RequestURI = path, "", path
		r.Header.Set("Content-Type", "application/json")
		r.Header["Idempotency-Key"] = []string{key}
		r.Header["X-"+secret[:2]] = []string{key}
		event = nil
		w := httptest.NewRecorder()
		g.ServeHTTP(w, r)
		answer := fmt.Sprint(w.Code, w.Header(), w.Body)
		if strings.Contains(answer, secret) {
			t.Fatalf("%s %s gives the number away: %s", method, path, answer)
		}
		if event == nil {
			continue
		}
		var got map[string]any
		if err := json.Unmarshal(event, &got); err != nil {
			t.Fatalf("%s %s with the key %q made the event %s: %v", method, path, key, event, err)
		}
		kind, _ := got["kind"].(string)
		want, known := members[kind]
		if !known {
			t.Fatalf("%s %s made an event of the kind %q", method, path, kind)
		}
		invoked[kind]++
		for member := range got {
			if !slices.Contains(want, member) {
				t.Fatalf("%s %s %q with the key %q made the event %s", method, path, body, key, event)
			}
		}
		if k, given := got["idempotencyKey"]; given && k != key {
			t.Fatalf("the key %q became %q", key, k)
		}
		if given, ok := got["id"]; ok && given != "x"+segment {
			t.Fatalf("the id %q became %q", "x"+segment, given)
		}
	}
	for kind := range members {
		if invoked[kind] < 500 {
			t.Errorf("%d events of the kind %s are too few to say anything", invoked[kind], kind)
		}
	}
}
