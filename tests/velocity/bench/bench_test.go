package main

import (
	"testing"
)

// BenchmarkRender renders each template with package vtl, for profiles.
func BenchmarkRender(b *testing.B) {
	all, err := jobs()
	if err != nil {
		b.Fatal(err)
	}
	for _, j := range all {
		b.Run(j.name, func(b *testing.B) {
			render, err := renderer(j)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := render(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestJobs checks that every template of the benchmark renders to something.
func TestJobs(t *testing.T) {
	t.Parallel()
	all, err := jobs()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 8 {
		t.Errorf("%d templates, want at least 8", len(all))
	}
	for _, j := range all {
		render, err := renderer(j)
		if err != nil {
			t.Errorf("%s: %v", j.name, err)
			continue
		}
		if output, err := render(); err != nil || len(output) < 50 {
			t.Errorf("%s: got %q, %v", j.name, output, err)
		}
	}
}
