package mask_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"example.com/guessing-game/src/apigw/gateway/mask"
)

func TestMasker(t *testing.T) {
	t.Parallel()
	m := mask.New([]string{"pin", "user"})
	for in, want := range map[string]string{
		``: ``,
		`{"a":7,"pins":7,"spin":7,"pin_2":7,"x-pin":7}`: `{"a":7,"pins":7,"spin":7,"pin_2":7,"x-pin":7}`,
		`pin`:                                             `pin`,
		`{"pin":7}`:                                       `{"pin":"***"}`,
		`{"pin" : 7 , "a":1}`:                             `{"pin" : "***", "a":1}`,
		"{\n  \"pin\":\n  7\n}":                           "{\n  \"pin\":\n  \"***\"\n}",
		`[{"pin":7},{"pin":8}]`:                           `[{"pin":"***"},{"pin":"***"}]`,
		`{"PIN":7,"Pin":"8"}`:                             `{"PIN":"***","Pin":"***"}`,
		`{"pin":"7","a":1}`:                               `{"pin":"***","a":1}`,
		`{"pin":"a\"b,}7","a":1}`:                         `{"pin":"***","a":1}`,
		`{"pin":"a\\","a":1}`:                             `{"pin":"***","a":1}`,
		`{"pin":null,"user":true}`:                        `{"pin":"***","user":"***"}`,
		`{"pin":[7,[8,"]"],{"a":"}"}],"a":1}`:             `{"pin":"***","a":1}`,
		`{"user":{"name":"}\"","age":7},"a":1}`:           `{"user":"***","a":1}`,
		`{"\u0070in":7,"p\u0049n":8}`:                     `{"\u0070in":"***","p\u0049n":"***"}`,
		`{'pin':'7','a':1}`:                               `{'pin':'***','a':1}`,
		`{pin:7,a:1}`:                                     `{pin:***,a:1}`,
		`"{\"pin\":7,\"a\":1}"`:                           `"{\"pin\":\"***\",\"a\":1}"`,
		`"{\"pin\":\"a\\\"7\",\"a\":1}"`:                  `"{\"pin\":\"***\",\"a\":1}"`,
		`"{\n  \"pin\": [\n 7,\n 8],\n \"a\":1}"`:         `"{\n  \"pin\": \"***\",\n \"a\":1}"`,
		`{\\\"pin\\\":\\\"7\\\",\\\"a\\\":1}`:             `{\\\"pin\\\":\\\"***\\\",\\\"a\\\":1}`,
		`{\u0022pin\u0022:\u00227\u0022,\u0022a\u0022:1}`: `{\u0022pin\u0022:\u0022***\u0022,\u0022a\u0022:1}`,
		`{pin=7}`:                                        `{pin=***}`,
		`{a=1, pin=seven, or eight, b=2}`:                `{a=1, pin=***, b=2}`,
		`{a={pin={b=7}}, c=[{"pin":8}]}`:                 `{a={pin=***}, c=[{"pin":"***"}]}`,
		`/a?x=1&pin=7&y=2`:                               `/a?x=1&pin=***&y=2`,
		`%7B%22pin%22%3A7%2C%22a%22%3A1%7D`:              `%7B%22pin%22%3A%22***%22%2C%22a%22%3A1%7D`,
		`%7B%22pin%22%3A%22a%5C%227%22%2C%22a%22%3A1%7D`: `%7B%22pin%22%3A%22***%22%2C%22a%22%3A1%7D`,
		`{"pin":"7`:                                      `{"pin":"***`,
		`{"pin":"7\`:                                     `{"pin":"***`,
		`{"pin":[7`:                                      `{"pin":"***"`,
		`{"pin":`:                                        `{"pin":"***"`,
		`{"pin":7`:                                       `{"pin":"***"`,
		`broken { pin: seven and eight, "a":1`:           `broken { pin: ***, "a":1`,
		`{"a":"pin:\"","pin":{"x":["b\"7"]},"c":1}`:      `{"a":"pin:\"***,"c":1}`,
		`{"a":"pin:{","pin":"}7}","c":1}`:                `{"a":"pin:***","c":1}`,
		`{"a":"pin:[","pin":["]7"]}`:                     `{"a":"pin:***}`,
		`Unexpected character in "{"pin": "7" 8, "a":1}" there`: `Unexpected character in "{"pin": "***" 8, "a":1}" there`,
	} {
		if got := m.Text(in); got != want {
			t.Errorf("%s\n got %s\nwant %s", in, got, want)
		}
	}
	var none *mask.Masker
	for _, m := range []*mask.Masker{none, mask.New(nil), mask.New([]string{""})} {
		if got := m.Text(`{"pin":7}`); got != `{"pin":7}` {
			t.Errorf("without names: %s", got)
		}
	}
}

// Wherever a secret is in a document, it is hidden, in any encoding that leaves names readable.
func FuzzMasker(f *testing.F) {
	f.Add("a", `"b`, `c\`, byte(0))
	f.Add("}", `,{`, `"`, byte(1))
	f.Add(`pin"`, `]`, `\u0022`, byte(2))
	f.Add("%22", `'`, `=`, byte(3))
	f.Add("\n", `\"`, `&`, byte(7))
	f.Add(`pin:"`, `"`, "", byte(0x20))
	f.Add(`pin:{`, `}`, "", byte(0))
	m := mask.New([]string{"pin"})
	const secret = "5ecre7"
	f.Fuzz(func(t *testing.T, before, around, after string, form byte) {
		if strings.Contains(before+around+after, secret) || len(before)+len(around)+len(after) > 1000 {
			return // not one of our own documents
		}
		var value any = around + secret + around
		switch form >> 4 % 3 {
		case 1:
			value = []any{around, secret, map[string]any{around: secret + after}}
		case 2:
			value = map[string]any{"x": []any{around, secret}}
		}
		text, err := json.Marshal(map[string]any{"a": before, "pin": value, "z": after})
		if err != nil {
			t.Fatal(err)
		}
		for range form & 3 {
			if text, err = json.Marshal(string(text)); err != nil {
				t.Fatal(err)
			}
		}
		shown := string(text)
		if form&4 != 0 {
			shown = url.QueryEscape(shown)
		}
		if got := m.Text(shown); strings.Contains(got, secret) {
			t.Errorf("%s\nshows %s", shown, got)
		}
		if cut := shown[:len(shown)*int(form)/256]; strings.Contains(m.Text(cut), secret) {
			t.Errorf("%s\ncut, shows %s", cut, m.Text(cut))
		}
	})
}

func BenchmarkMasker(b *testing.B) {
	m := mask.New([]string{"random_number"})
	text := `{"kind":"GuessEvaluated","id":"0b0e7a52-6c1f-4c53-9a3e-5d2f7f3b8a11","guesses":[5,null,null],"random_number":7,"status":"ongoing"}`
	other := `Endpoint request headers: {x-amzn-lambda-integration-tag=d09d726b-32a3-42fc-87c7-42ac58bca845, Authorization=*****, X-Amz-Date=20240204T184824Z, x-amzn-apigateway-api-id=96m844vit9, Accept=application/json, User-Agent=AmazonAPIGateway_96m844vit9}`
	b.Run("hit", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		b.ReportAllocs()
		for b.Loop() {
			m.Text(text)
		}
	})
	b.Run("miss", func(b *testing.B) {
		b.SetBytes(int64(len(other)))
		b.ReportAllocs()
		for b.Loop() {
			m.Text(other)
		}
	})
}
