package vtl_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
	"unicode/utf8"

	"example.com/guessing-game/src/apigw/budget"
	"example.com/guessing-game/src/apigw/vtl"
	"example.com/guessing-game/src/apigw/vtl/java"
	"example.com/guessing-game/src/apigw/vtl/java/regexp"
)

// seed adds the templates of the corpus that the real engine renders.
func seed(f *testing.F, add func(template, context string)) {
	files, err := filepath.Glob("../../../tests/velocity/corpus/*.jsonl")
	if err != nil || len(files) == 0 {
		f.Fatalf("no corpus: %v", err)
	}
	for _, name := range files {
		file, err := os.Open(name)
		if err != nil {
			f.Fatal(err)
		}
		lines := bufio.NewScanner(file)
		lines.Buffer(nil, 1<<20)
		for n := 0; lines.Scan(); n++ {
			var c struct {
				Template string
				Context  json.RawMessage
			}
			if n%4 == 0 && json.Unmarshal(lines.Bytes(), &c) == nil && c.Template != "" {
				add(c.Template, string(c.Context))
			}
		}
		file.Close()
	}
}

// fuzzLimits keep one input of the fuzzer short.
var (
	fuzzLimits = vtl.Limits{RangeSize: 10_000, TemplateBytes: 1 << 16}
	fuzzBudget = budget.Limits{Steps: 100_000, Size: 1 << 20, Bytes: 8 << 20, Depth: vtl.DefaultBudget.Depth}
)

// Parsing never panics, and an error has a position in the template.
func FuzzParse(f *testing.F) {
	seed(f, func(template, _ string) { f.Add(template) })
	f.Fuzz(func(t *testing.T, template string) {
		for _, setting := range []vtl.Setting{vtl.APIGateway, vtl.Velocity} {
			parsed, err := vtl.Parse("T", template, vtl.Options{Setting: setting, Limits: fuzzLimits})
			if err == nil {
				for _, r := range parsed.References() {
					if r.Line < 1 || r.Column < 1 {
						t.Errorf("%q: the reference %q has no place", template, r.Source)
					}
				}
				continue
			}
			var e *vtl.Error
			if !errors.As(err, &e) || e.Line < 1 || e.Column < 0 || e.Message == "" {
				t.Errorf("%q: %#v is not an error with a place", template, err)
			}
			_ = e.Detail()
		}
	})
}

// Rendering never panics or hangs, and returns valid UTF-8 and the same result again.
func FuzzRender(f *testing.F) {
	seed(f, func(template, context string) { f.Add(template, context) })
	f.Fuzz(func(t *testing.T, template, variables string) {
		for _, setting := range []vtl.Setting{vtl.APIGateway, vtl.Velocity} {
			parsed, err := vtl.Parse("T", template, vtl.Options{Setting: setting, Limits: fuzzLimits})
			if err != nil {
				continue
			}
			var texts [2]string
			for i := range texts {
				vars := vtl.NewVars()
				if v, err := java.DecodeJSON([]byte(variables)); err == nil {
					if m, ok := v.(*java.Map); ok {
						for k, x := range m.All() {
							vars.Set(k.(string), x)
						}
					}
				}
				ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
				text, err := parsed.Render(budget.New(ctx, fuzzBudget), vars)
				cancel()
				var e *vtl.Error
				var limit *budget.LimitError
				switch {
				case errors.Is(err, regexp.ErrTimeout), errors.As(err, &limit) && limit.Limit == "Steps":
					return // on a busy machine any match may take too long; the regexp package's own tests bound it
				case errors.Is(err, context.DeadlineExceeded):
					t.Fatalf("%q with %s takes longer than its steps allow", template, variables)
				case err != nil && !errors.As(err, &e):
					t.Fatalf("%q: %#v is not an *Error", template, err)
				case err != nil && text != "":
					t.Fatalf("%q: output beside an error", template)
				case !utf8.ValidString(text):
					t.Fatalf("%q renders %q, which is not UTF-8", template, text)
				}
				texts[i] = text
			}
			if len(texts[0]) != len(texts[1]) && !hasAddresses(texts[0]) {
				t.Errorf("%q renders %q, then %q", template, texts[0], texts[1])
			}
		}
	})
}

// hasAddresses reports whether a string may differ from run to run.
func hasAddresses(s string) bool {
	for i := range s {
		if s[i] == '@' || s[i] >= '0' && s[i] <= '9' {
			return true
		}
	}
	return false
}
