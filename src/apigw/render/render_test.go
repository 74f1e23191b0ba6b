package render

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"example.com/guessing-game/src/apigw/vtl"
)

// FuzzLines feeds arbitrary input to apigw render: every response is a JSON object with an
// output or an error, and the run succeeds.
func FuzzLines(f *testing.F) {
	f.Add([]byte(`{"id":1,"template":"$a","context":{"a":[1,2]}}` + "\n\n" + `{"id":2,"template":"#if(true"}`))
	f.Add([]byte("{\n}\n[]\nnull\n\"x\"\n{\"id\":null}\n{\"template\":\"#foreach($i in [1..3])$i#end\"}"))
	f.Add([]byte(`{"id":{"a":[1]},"template":"#set($x=1)$x","context":null}`))
	f.Fuzz(func(t *testing.T, input []byte) {
		var out bytes.Buffer
		if err := Lines(t.Context(), bytes.NewReader(input), &out, vtl.APIGateway); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(out.String()) {
			var answer map[string]any
			if err := json.Unmarshal([]byte(line), &answer); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			_, id := answer["id"]
			_, output := answer["output"]
			_, failed := answer["error"]
			if !id || output == failed {
				t.Fatalf("an answer needs an id, and an output or an error: %s", line)
			}
		}
	})
}
