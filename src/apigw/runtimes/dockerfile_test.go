package runtimes

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/guessing-game/src/apigw/sam"
)

// What a Dockerfile says about the function in its image: the runtime, the handler and the folder
// of its source.
func TestUnpackImage(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		dockerfile string
		files      []string
		command    []string // of ImageConfig
		target     string
		want       string
	}{
		"python": {"FROM public.ecr.aws/lambda/python:3.13\nCOPY app.py requirements.txt ./\nRUN pip install -r requirements.txt -t .\nCMD [\"app.lambda_handler\"]\n",
			[]string{"app.py"}, nil, "", "python3.13 app.lambda_handler ."},
		"an argument and continued lines": {"ARG VERSION=3.12\nFROM --platform=linux/amd64 public.ecr.aws/lambda/python:${VERSION}-arm64\n# CMD [\"no.handler\"]\nCOPY \\\n  src/ \\\n  ${LAMBDA_TASK_ROOT}\nCMD app.handler\n",
			[]string{"src/app.py"}, nil, "", "python3.12 app.handler src"},
		"the command of the template": {"from amazon/aws-lambda-nodejs:22\nCOPY dist/* ./\nCMD [\"app.handler\"]", []string{"dist/other.mjs"}, []string{"other.handler"}, "", "nodejs22.x other.handler dist"},
		"ruby": {"FROM public.ecr.aws/sam/build-ruby3.2 AS build\nCOPY app.rb Gemfile ./\nFROM public.ecr.aws/lambda/ruby:3.2\nCOPY --from=build /var/task/ ./\nCMD [\"app.lambda_handler\"]",
			[]string{"app.rb"}, nil, "", "ruby3.2 app.lambda_handler ."},
		"java": {"FROM maven AS build\nCOPY pom.xml src ./\nFROM public.ecr.aws/lambda/java:21\nCOPY --from=build /target/classes /var/task/\nCMD [\"a.B::c\"]",
			[]string{"pom.xml"}, nil, "", "java21 a.B::c ."},
		"go": {"FROM golang:1.24 AS build\nCOPY . .\nRUN go build -o main\nFROM public.ecr.aws/lambda/provided:al2023\nCOPY --from=build /main .\nENTRYPOINT ./main",
			[]string{"main.go"}, nil, "", "provided.al2023  ."},
		"a runtime interface client":        {"FROM python:3.12-slim\nCOPY src ./\nENTRYPOINT [\"python\", \"-m\", \"awslambdaric\"]\nCMD [\"app.handler\"]", []string{"src/app.py"}, nil, "", "python3.12 app.handler src"},
		"a stage that goes on from another": {"FROM public.ecr.aws/lambda/nodejs:20 AS base\nCOPY app.js ./\nFROM base\nCMD [\"app.handler\"]", []string{"app.js"}, nil, "", "nodejs20.x app.handler ."},
		"the stage of the template":         {"FROM public.ecr.aws/lambda/python:3.12 AS one\nCMD [\"app.one\"]\nFROM public.ecr.aws/lambda/python:3.13 AS two\nCMD [\"app.two\"]", []string{"app.py"}, nil, "one", "python3.12 app.one ."},
		"no image of Lambda's":              {"FROM python:3.12\nCOPY app.py .\nCMD [\"app.handler\"]", []string{"app.py"}, nil, "", ""},
		"a handler that is not there":       {"FROM public.ecr.aws/lambda/python:3.13\nCMD [\"app.handler\"]", nil, nil, "", ""},
		"nothing":                           {"", nil, nil, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for _, file := range append(c.files, "Dockerfile") {
				at := filepath.Join(dir, file)
				if err := os.MkdirAll(filepath.Dir(at), 0o700); err != nil {
					t.Fatal(err)
				}
				text := c.dockerfile
				if file == "main.go" {
					text = "package main\n"
				}
				if err := os.WriteFile(at, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			image := &sam.Image{Context: ".", Dockerfile: "Dockerfile", Command: c.command, Target: c.target}
			got := ""
			if fn := unpackImage(&sam.Function{Code: sam.Code{Dir: dir, Image: image}}); fn != nil {
				rel, err := filepath.Rel(dir, fn.Code.URI)
				if err != nil {
					t.Fatal(err)
				}
				got = strings.Join([]string{fn.Runtime, fn.Handler, rel}, " ")
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
