package vtl

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/guessing-game/src/apigw/vtl/java"
)

// benchmarkTemplates are those that make bench-vtl also renders with the real Velocity.
const benchmarkTemplates = "../../../tests/velocity/bench/templates"

func BenchmarkRender(b *testing.B) {
	eachTemplate(b, func(b *testing.B, source string, o Options, vars func() *Vars) {
		t, err := Parse("benchmark", source, o)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		for b.Loop() {
			if _, err := t.Render(NewBudget(context.Background()), vars()); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkParse(b *testing.B) {
	eachTemplate(b, func(b *testing.B, source string, o Options, _ func() *Vars) {
		b.ReportAllocs()
		b.SetBytes(int64(len(source)))
		for b.Loop() {
			if _, err := Parse("benchmark", source, o); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func eachTemplate(b *testing.B, f func(b *testing.B, source string, o Options, vars func() *Vars)) {
	files, err := filepath.Glob(filepath.Join(benchmarkTemplates, "*.vtl"))
	if err != nil || len(files) < 8 {
		b.Fatalf("want at least 8 templates in %s, got %d (%v)", benchmarkTemplates, len(files), err)
	}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			b.Fatal(err)
		}
		data, err := os.ReadFile(strings.TrimSuffix(file, ".vtl") + ".json")
		if err != nil {
			b.Fatal(err)
		}
		if !json.Valid(data) {
			b.Fatalf("%s: variables are not JSON", file)
		}
		name := strings.TrimSuffix(filepath.Base(file), ".vtl")
		o := Options{}
		if strings.HasSuffix(name, ".velocity") {
			o.Setting = Velocity
		}
		decoded, err := java.DecodeJSON(data)
		if err != nil {
			b.Fatal(err)
		}
		vars := func() *Vars {
			v := NewVars()
			for k, x := range decoded.(*java.Map).All() {
				v.Set(k.(string), x)
			}
			return v
		}
		b.Run(name, func(b *testing.B) { f(b, string(source), o, vars) })
	}
}
