package runtimes

import (
	"strings"
	"testing"
)

// FuzzSources reads what says how an application is built: a Dockerfile and a pyproject.toml.
func FuzzSources(f *testing.F) {
	for _, text := range []string{
		"ARG V=3.12\nFROM python:$V AS base\nENV A=1 B=\"x y\"\nCOPY --from=base a.py \\\n  src/ ./\nCMD [\"app.handler\"]\nFROM base\nENTRYPOINT python -m awslambdaric",
		"FROM public.ecr.aws/lambda/nodejs:22\nADD [\"a b\", \"/\"]\nCMD app.handler\n", "FROM\nCOPY\nENV =\nARG\nCMD", "COPY a b\n\\\n",
		"[project]\ndependencies = ['requests>=2', '--pre']\n[tool.poetry.dependencies]\npython = '^3.12'\nx = {version = '~1.0', extras = ['a']}\ny = '*'\n",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, s := range dockerfile(text) {
			if len(s.base) > maxImageName+len(text) {
				t.Errorf("%q: an image's name of %d bytes", text, len(s.base))
			}
			s.imageRuntime()
		}
		for _, spec := range pyprojectSpecs(text) {
			if strings.HasPrefix(spec, "-") || strings.TrimSpace(spec) == "" {
				t.Errorf("%q: pip gets %q", text, spec)
			}
		}
	})
}
