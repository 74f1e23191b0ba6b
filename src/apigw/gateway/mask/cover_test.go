package mask_test

import (
	"testing"

	"example.com/guessing-game/src/apigw/gateway/mask"
)

func TestCover(t *testing.T) {
	t.Parallel()
	c := &mask.Cover{Masker: mask.New([]string{"pin"}), Headers: []string{"X-Who"}}
	c.AddHeader("Authorization", `Bearer a/b"c+d`)
	c.AddHeader("Cookie", "id=c00kie1; short=ab")
	c.AddHeader("Set-Cookie", "id=c00kie2; Path=/prod")
	c.AddHeader("X-Who", "me")
	for in, want := range map[string]string{
		`nothing here`:                                      `nothing here`,
		`{Authorization=Bearer a/b"c+d, X=1}`:               `{Authorization=*****, X=1}`,
		`{"auth":"Bearer a/b\"c+d"}`:                        `{"auth":"*****"}`,
		`"{\"auth\":\"Bearer a/b\\\"c+d\"}"`:                `"{\"auth\":\"*****\"}"`,
		`{"token":"a\/b\"c+d"}`:                             `{"token":"*****"}`,
		`/x?token=a%2Fb%22c%2Bd`:                            `/x?token=*****`,
		`{"cookie":"id=c00kie1; short=ab","one":"c00kie1"}`: `{"cookie":"*****","one":"*****"}`,
		`Set-Cookie: id=c00kie2; Path=/prod`:                `Set-Cookie: *****`,
		`some words, {"who":"me","pin":7}`:                  `some words, {"who":"*****","pin":"***"}`,
		`{X-Who=me}`:                                        `{X-Who=*****}`,
	} {
		if got := c.Text(in); got != want {
			t.Errorf("%s\n got %s\nwant %s", in, got, want)
		}
	}
	for name, want := range map[string]string{"authorization": "*****", "x-who": "*****", "PIN": "***", "X-Other": "v *****"} {
		if got := c.Header(name, "v c00kie1"); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	shown := &mask.Cover{ShowSecrets: true}
	shown.AddHeader("Authorization", "Bearer token1")
	if got := shown.Text("Bearer token1") + shown.Header("Authorization", "x"); got != "Bearer token1x" {
		t.Errorf("with ShowSecrets: %q", got)
	}
	var none *mask.Cover
	if got := none.Text("a") + none.Header("Cookie", "b"); got != "ab" {
		t.Errorf("without a cover: %q", got)
	}
}

func TestMembers(t *testing.T) {
	t.Parallel()
	m := mask.New([]string{"pin"})
	got := m.Members(map[string]any{"PIN": 7, "a": []any{map[string]any{"pin": "x"}, "pin=8&b=1", 1.5}})
	list := got["a"].([]any)
	if got["PIN"] != "***" || list[0].(map[string]any)["pin"] != "***" || list[1] != "pin=***&b=1" || list[2] != 1.5 {
		t.Errorf("got %v", got)
	}
}
