package game_test

import (
	"strings"
	"testing"

	"example.com/guessing-game/src/game"
)

func TestDecode(t *testing.T) {
	t.Parallel()
	id := mustID(t, someID)
	key, err := game.ParseKey("k1")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		payload string
		want    game.Event
	}{
		{`{"kind":"gameRequested"}`, game.Event{Kind: game.GameRequested}},
		{" {\n\"kind\" : \"gameRequested\" }\r\n\t", game.Event{Kind: game.GameRequested}},
		{`{"kind":"game\u0052equested"}`, game.Event{Kind: game.GameRequested}},
		{`{"kind":"gameRequested","idempotencyKey":"k1"}`, game.Event{Kind: game.GameRequested, Key: key}},
		{`{"kind":"gameRequested","idempotencyKey":""}`, game.Event{Kind: game.GameRequested}},
		{`{"kind":"gameRequested","idempotencyKey":null,"requestId":null}`, game.Event{Kind: game.GameRequested}},
		{`{"kind":"gameRequested","requestId":"r","extendedRequestId":"e="}`,
			game.Event{Kind: game.GameRequested, RequestID: "r", ExtendedRequestID: "e="}},
		{`{"kind":"gameInfoRequested","id":"` + someID + `"}`, game.Event{Kind: game.GameInfoRequested, ID: id}},
		{`{"kind":"gameInfoRequested","id":"` + strings.ToUpper(someID) + `"}`, game.Event{Kind: game.GameInfoRequested, ID: id}},
		{`{"guess":0,"id":"` + someID + `","kind":"guessSubmitted"}`,
			game.Event{Kind: game.GuessSubmitted, ID: id, Guess: mustGuess(t, 0)}},
		{`{"kind":"guessSubmitted","id":"` + someID + `","guess":10,"idempotencyKey":"k1"}`,
			game.Event{Kind: game.GuessSubmitted, ID: id, Guess: mustGuess(t, 10), Key: key}},
		{`{"kind":"guessSubmitted","id":"` + someID + `","guess":-0}`,
			game.Event{Kind: game.GuessSubmitted, ID: id, Guess: mustGuess(t, 0)}},
	} {
		got, err := game.Decode([]byte(c.payload))
		if err != nil || got != c.want {
			t.Errorf("%s:\n got %+v, error %v\nwant %+v", c.payload, got, err, c.want)
		}
	}
}

// guessWith is a guessSubmitted event with this literal as its guess.
func guessWith(literal string) string {
	return `{"kind":"guessSubmitted","id":"` + someID + `","guess":` + literal + `}`
}

// kinds are those that messages list.
const kinds = "gameRequested, guessSubmitted or gameInfoRequested"

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ payload, want string }{
		// The whole payload.
		{"", `InvalidEvent: the event is empty; it must be a JSON object such as {"kind":"gameRequested"}`},
		{" \n", `InvalidEvent: the event is empty; it must be a JSON object such as {"kind":"gameRequested"}`},
		{"null", `InvalidEvent: the event is null; it must be a JSON object such as {"kind":"gameRequested"}`},
		{" [1]", `InvalidEvent: the event is an array; it must be a JSON object such as {"kind":"gameRequested"}`},
		{`"gameRequested"`, `InvalidEvent: the event is a string; it must be a JSON object such as {"kind":"gameRequested"}`},
		{"7", `InvalidEvent: the event is a number; it must be a JSON object such as {"kind":"gameRequested"}`},
		{"true", `InvalidEvent: the event is a boolean; it must be a JSON object such as {"kind":"gameRequested"}`},
		{"{", `InvalidEvent: the event is not valid JSON: unexpected end of JSON input at byte 1`},
		{`{"kind":"gameRequested"`, `InvalidEvent: the event is not valid JSON: unexpected end of JSON input at byte 23`},
		{`{"kind":"gameReq`, `InvalidEvent: the event is not valid JSON: unexpected end of JSON input at byte 16`},
		{`{"kind":}`, `InvalidEvent: the event is not valid JSON: invalid character '}' looking for beginning of value at byte 9`},
		{`{kind:"gameRequested"}`, `InvalidEvent: the event is not valid JSON: invalid character 'k' looking for beginning of object key string at byte 2`},
		{`{"kind":"gameRequested",}`, `InvalidEvent: the event is not valid JSON: invalid character '}' looking for beginning of object key string at byte 25`},
		{`{"kind":"gameRequested"}{}`, `InvalidEvent: the event is not valid JSON: invalid character '{' after top-level value at byte 25`},
		{`{"kind":"gameRequested"} x`, `InvalidEvent: the event is not valid JSON: invalid character 'x' after top-level value at byte 26`},
		{"{\"kind\":\"game\xffRequested\"}", `InvalidEvent: the event is not valid UTF-8`},
		// Members.
		{`{"kind":"gameRequested","kind":"gameRequested"}`, `InvalidEvent: the member kind occurs twice`},
		{`{"kind":"guessSubmitted","id":"` + someID + `","guess":1,"guess":2}`, `InvalidEvent: the member guess occurs twice`},
		{`{"kind":"guessSubmitted","id":"` + someID + `","guess":1,"gue\u0073s":2}`, `InvalidEvent: the member guess occurs twice`},
		{`{"kind":"gameRequested","Kind":"x"}`, `InvalidEvent: unknown member "Kind"; an event takes kind, id, guess, idempotencyKey, requestId and extendedRequestId`},
		{`{"kind":"gameRequested","random_number":7}`, `InvalidEvent: unknown member "random_number"; an event takes kind, id, guess, idempotencyKey, requestId and extendedRequestId`},
		{`{"kind":"gameRequested","guess":7}`, `InvalidEvent: an event of kind gameRequested takes no guess`},
		{`{"kind":"gameRequested","id":"` + someID + `"}`, `InvalidEvent: an event of kind gameRequested takes no id`},
		{`{"kind":"gameInfoRequested","id":"` + someID + `","guess":7}`, `InvalidEvent: an event of kind gameInfoRequested takes no guess`},
		{`{"kind":"gameInfoRequested","id":"` + someID + `","idempotencyKey":"k"}`, `InvalidEvent: an event of kind gameInfoRequested takes no idempotencyKey`},
		// The kind.
		{`{}`, `InvalidEvent: kind is missing; it must be ` + kinds},
		{`{"kind":null}`, `InvalidEvent: kind is null; it must be ` + kinds},
		{`{"kind":7}`, `InvalidEvent: kind is a number; it must be ` + kinds},
		{`{"kind":""}`, `InvalidEvent: unknown kind ""; it must be ` + kinds},
		{`{"kind":"gamerequested"}`, `InvalidEvent: unknown kind "gamerequested"; it must be ` + kinds},
		{`{"kind":"a\nb\"é"}`, `InvalidEvent: unknown kind "a\nb\"\u00e9"; it must be ` + kinds},
		{`{"kind":"` + strings.Repeat("k", 64) + `"}`, `InvalidEvent: unknown kind "` + strings.Repeat("k", 64) + `"; it must be ` + kinds},
		{`{"kind":"` + strings.Repeat("é", 65) + `"}`, `InvalidEvent: unknown kind "` + strings.Repeat(`\u00e9`, 64) + `"…; it must be ` + kinds},
		// The id.
		{`{"kind":"gameInfoRequested"}`, `InvalidEvent: id is missing; it must be the id of a game`},
		{`{"kind":"guessSubmitted","guess":5}`, `InvalidEvent: id is missing; it must be the id of a game`},
		{`{"kind":"gameInfoRequested","id":null}`, `InvalidEvent: id is null; it must be the id of a game, a string`},
		{`{"kind":"gameInfoRequested","id":["a"]}`, `InvalidEvent: id is an array; it must be the id of a game, a string`},
		{`{"kind":"gameInfoRequested","id":"x"}`, `InvalidEvent: id "x" is not a UUID such as 4ce7c7b8-02bc-40a4-823b-6c7c02b028d3`},
		{`{"kind":"gameInfoRequested","id":""}`, `InvalidEvent: id "" is not a UUID such as 4ce7c7b8-02bc-40a4-823b-6c7c02b028d3`},
		// The guess.
		{`{"kind":"guessSubmitted","id":"` + someID + `"}`, `InvalidGuess: guess is missing; it must be a whole number from 0 to 10`},
		{guessWith(`null`), `InvalidGuess: guess is null; it must be a whole number from 0 to 10`},
		{guessWith(`[{"a":"]}\"","b":[]},2] `), `InvalidGuess: guess is an array; it must be a whole number from 0 to 10`},
		{guessWith(`true`), `InvalidGuess: guess is a boolean; it must be a whole number from 0 to 10`},
		{guessWith(`{}`), `InvalidGuess: guess is an object; it must be a whole number from 0 to 10`},
		{guessWith(`[5]`), `InvalidGuess: guess is an array; it must be a whole number from 0 to 10`},
		{guessWith(`"5"`), `InvalidGuess: guess is the string "5"; it must be a whole number from 0 to 10`},
		{guessWith(`5.5`), `InvalidGuess: guess 5.5 is not written as a whole number; it must be a whole number from 0 to 10`},
		{guessWith(`5.0`), `InvalidGuess: guess 5.0 is not written as a whole number; it must be a whole number from 0 to 10`},
		{guessWith(`5e0`), `InvalidGuess: guess 5e0 is not written as a whole number; it must be a whole number from 0 to 10`},
		{guessWith(`-1`), `InvalidGuess: guess -1 is out of range; it must be a whole number from 0 to 10`},
		{guessWith(`11`), `InvalidGuess: guess 11 is out of range; it must be a whole number from 0 to 10`},
		{guessWith(`256`), `InvalidGuess: guess 256 is out of range; it must be a whole number from 0 to 10`},
		{guessWith(`18446744073709551621`), `InvalidGuess: guess 18446744073709551621 is out of range; it must be a whole number from 0 to 10`},
		{guessWith(strings.Repeat("1", 500)), `InvalidGuess: guess 11111111111111111111… is out of range; it must be a whole number from 0 to 10`},
		// The rest.
		{`{"kind":"gameRequested","idempotencyKey":5}`, `InvalidEvent: idempotencyKey is a number; it must be a string`},
		{`{"kind":"gameRequested","idempotencyKey":"` + strings.Repeat("k", 256) + `"}`, `InvalidEvent: idempotencyKey has 256 bytes; at most 255 are allowed`},
		{`{"kind":"gameRequested","idempotencyKey":"a\n"}`, `InvalidEvent: idempotencyKey contains a character that is not printable ASCII at byte 1`},
		{`{"kind":"gameRequested","requestId":{}}`, `InvalidEvent: requestId is an object; it must be a string`},
		{`{"kind":"gameRequested","requestId":"` + strings.Repeat("r", 129) + `"}`, `InvalidEvent: requestId has 129 bytes; at most 128 are allowed`},
		{`{"kind":"gameRequested","extendedRequestId":"\u0000"}`, `InvalidEvent: extendedRequestId contains a character that is not printable ASCII at byte 0`},
	} {
		_, err := game.Decode([]byte(c.payload))
		if err == nil {
			t.Errorf("%s: no error\nwant %s", c.payload, c.want)
		} else if err.Error() != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.payload, err, c.want)
		}
	}
}

func TestEventSizeLimit(t *testing.T) {
	t.Parallel()
	event := `{"kind":"gameRequested"}`
	pad := func(size int) []byte { return []byte(event + strings.Repeat(" ", size-len(event))) }
	if _, err := game.Decode(pad(game.MaxEventBytes)); err != nil {
		t.Errorf("an event of the greatest size: %v", err)
	}
	const want = "InvalidEvent: the event has 65537 bytes; at most 65536 are allowed"
	if _, err := game.Decode(pad(game.MaxEventBytes + 1)); err == nil || err.Error() != want {
		t.Errorf("one byte more: %v, want %s", err, want)
	}
}

// Whatever the input, an error is one line of printable text of bounded length with a name, and
// what is accepted obeys the rules.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{"kind":"gameRequested"}`, guessWith("5"), guessWith(`"\ud800"`), guessWith("1e400"),
		`{"kind":"gameInfoRequested","id":"x","id":{"a":[1,{}]}}`, "\ufeff{}", "{\"kind\":\"\xff\"}", `[[[[`,
		`{"kind":"gameRequested","idempotencyKey":"a b","requestId":"r"}`, `{"":1}`, `{"kind" "x"}`, `{"kind":"gameRequested"]`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		e, err := game.Decode(payload)
		if err != nil {
			name, text := nameOf(err), err.Error()
			if name != game.InvalidEvent && name != game.InvalidGuess {
				t.Errorf("error without a name of its own: %s", text)
			}
			if len(text) > 1000 || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }) {
				t.Errorf("error is not a short line: %q", text)
			}
			return
		}
		if (e.Kind == game.GameRequested) != (e.ID == game.ID{}) {
			t.Errorf("%s with id %q", e.Kind, e.ID)
		}
		if g := e.Guess.Int(); g < game.MinNumber || g > game.MaxNumber {
			t.Errorf("guess %d", g)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	payload := []byte(`{"kind":"guessSubmitted","id":"` + someID + `","guess":5,"idempotencyKey":"f3b1","requestId":"r"}`)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := game.Decode(payload); err != nil {
			b.Fatal(err)
		}
	}
}
