package runtimes

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"example.com/guessing-game/src/apigw/sam"
	"example.com/guessing-game/src/apigw/shellword"
)

// Limits of a Dockerfile: its size, its stages (each may continue from another, with all that it
// has) and the name of an image with the arguments in it.
const (
	maxDockerfile = 1 << 20
	maxStages     = 100
	maxImageName  = 4096
)

// stage is a stage of a Dockerfile, as far as it determines how a function runs.
type stage struct {
	name, base     string
	copied         []string // files and folders of the context
	command, entry []string
	env            map[string]string
	adapter        bool      // Lambda Web Adapter is in it
	starts         [2]string // entry and command as lines for a shell
}

// dockerfile reads the stages of a Dockerfile.
//
// https://docs.docker.com/reference/dockerfile/
func dockerfile(text string) (stages []*stage) {
	args := map[string]string{}
	value := func(s string) string {
		left := maxImageName
		return os.Expand(s, func(name string) string {
			if left -= len(args[name]); left < 0 {
				return ""
			}
			return args[name]
		})
	}
	text = regexp.MustCompile(`(?m)^[ \t]*#.*\n?`).ReplaceAllString(strings.ReplaceAll(text, "\r\n", "\n"), "")
	text = regexp.MustCompile(`\\[ \t]*\n`).ReplaceAllString(text, " ")
	for line := range strings.Lines(text) {
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		rest = strings.TrimSpace(rest)
		word = strings.ToUpper(word)
		words, from := flags(strings.Fields(rest))
		if word == "ARG" {
			name, given, _ := strings.Cut(rest, "=")
			args[name] = strings.Trim(given, `"'`)
		}
		if word == "FROM" && len(stages) == maxStages {
			return nil
		}
		if word == "FROM" && len(words) > 0 {
			s := &stage{base: value(words[0]), env: map[string]string{}}
			for _, before := range stages {
				if strings.EqualFold(before.name, s.base) { // it continues from there
					name := s.name
					*s = *before
					s.name, s.env = name, maps.Clone(before.env)
				}
			}
			if len(words) == 3 && strings.EqualFold(words[1], "AS") {
				s.name = words[2]
			}
			stages = append(stages, s)
		}
		if len(stages) == 0 {
			continue
		}
		s := stages[len(stages)-1]
		switch word {
		case "COPY", "ADD":
			s.adapter = s.adapter || strings.Contains(from, "aws-lambda-adapter") || len(words) > 1 && strings.HasPrefix(words[len(words)-1], "/opt/extensions/lambda-adapter")
			if from == "" && len(words) > 1 {
				if listed := list(rest); listed != nil {
					words = listed
				}
				s.copied = append(s.copied, words[:len(words)-1]...)
			}
		case "CMD":
			s.command, s.starts[1] = list(rest), shellLine(rest)
		case "ENTRYPOINT":
			s.entry, s.command, s.starts = list(rest), nil, [2]string{shellLine(rest), ""}
		case "ENV":
			for _, m := range environment.FindAllStringSubmatch(rest, -1) {
				s.env[m[1]] = strings.Trim(m[2], `"'`)
			}
		}
	}
	return stages
}

var environment = regexp.MustCompile(`([A-Za-z_][A-Za-z0-9_]*)=("[^"]*"|'[^']*'|[^ ]*)`)

// flags removes the flags of an instruction: COPY --from=builder.
func flags(words []string) (rest []string, from string) {
	for len(words) > 0 && strings.HasPrefix(words[0], "--") {
		if stage, ok := strings.CutPrefix(words[0], "--from="); ok {
			from = stage
		}
		words = words[1:]
	}
	return words, from
}

// list reads a command in either form: a JSON array of words, or a shell command.
func list(text string) (words []string) {
	if json.Unmarshal([]byte(text), &words) == nil {
		return words
	}
	return strings.Fields(text)
}

// shellLine is a command in either form as a shell command.
func shellLine(text string) string {
	var words []string
	if json.Unmarshal([]byte(text), &words) != nil {
		return text
	}
	return pasted(words...)
}

// pasted is a command for a shell, to which people may paste it.
func pasted(words ...string) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		quoted[i] = shellword.Quoted(word)
	}
	return strings.Join(quoted, " ")
}

// lambdaImage finds the runtime in the name of one of AWS's base images:
// public.ecr.aws/lambda/python:3.13, amazon/aws-lambda-nodejs:22.
var lambdaImage = regexp.MustCompile(`(?:^|/)(?:aws-)?lambda[/-](python|nodejs|java|ruby|provided|go|dotnet):(\d+(?:\.\d+)?|al\d+)`)

// languageImage matches an image of a language, to which a function's own Dockerfile adds AWS's
// runtime interface client.
var languageImage = regexp.MustCompile(`(?:^|/)(python|node|ruby):(\d+(?:\.\d+)?)`)

// imageRuntime is the runtime that corresponds to an image; empty if it is not one of Lambda's.
func (s *stage) imageRuntime() string {
	m := lambdaImage.FindStringSubmatch(s.base)
	if m == nil && strings.Contains(strings.Join(s.entry, " "), "lambdaric") || strings.Contains(strings.Join(s.entry, " "), "aws-lambda-ric") {
		m = languageImage.FindStringSubmatch(s.base)
	}
	if m == nil {
		return ""
	}
	kind, version := m[1], m[2]
	major, _, _ := strings.Cut(version, ".")
	switch kind {
	case "node", "nodejs":
		return "nodejs" + major + ".x"
	case "java":
		return "java" + major
	case "provided":
		return "provided." + version
	case "go":
		return "go1.x"
	}
	return kind + version
}

// stageOf returns the stage of a Dockerfile that builds the image of a function, and the folders
// of its context that may hold the source, itself first. It is nil if there is none on this
// machine.
func stageOf(fn *sam.Function) (last *stage, folders []string) {
	image := fn.Code.Image
	if image.Context == "" {
		return nil, nil
	}
	context, err := filepath.Abs(filepath.Join(fn.Code.Dir, filepath.FromSlash(image.Context)))
	if err != nil {
		return nil, nil
	}
	data, err := readSource(filepath.Join(context, filepath.FromSlash(image.Dockerfile)), maxDockerfile)
	if err != nil {
		return nil, nil
	}
	folders = []string{context}
	for _, s := range dockerfile(string(data)) {
		if last == nil || image.Target == "" || last.name != image.Target {
			last = s
		}
		for _, copied := range s.copied {
			// Docker copies nothing from outside the context: there a path begins at its root.
			inside := filepath.Join("/", filepath.FromSlash(strings.TrimSuffix(copied, "/*")))
			folders = append(folders, filepath.Join(context, inside))
		}
	}
	return last, folders
}

// unpackImage returns the function of an image as one without an image: with the runtime of the
// image that its Dockerfile starts from, the handler in its command, and the folder of the
// context that has the handler. It is nil if the Dockerfile does not show these.
func unpackImage(fn *sam.Function) *sam.Function {
	image := fn.Code.Image
	last, folders := stageOf(fn)
	if last == nil {
		return nil
	}
	out := *fn
	out.Runtime = last.imageRuntime()
	command := last.command
	if len(image.Command) > 0 {
		command = image.Command
	}
	kind, _ := runtimeOf(out.Runtime)
	if len(command) > 0 {
		out.Handler = command[0]
	} else if kind != "provided" && kind != "go" {
		return nil
	}
	out.Code.Image, out.Code.Layers = nil, nil
	for _, folder := range folders {
		if holdsHandler(kind, folder, out.Handler) {
			out.Code.URI = folder
			return &out
		}
	}
	return nil
}

// holdsHandler reports whether the source of a handler is in a folder.
func holdsHandler(kind, dir, handler string) bool {
	switch kind {
	case "python":
		module, ok := beforeLast(handler, ".")
		name := filepath.Join(dir, filepath.FromSlash(strings.ReplaceAll(module, ".", "/")))
		return ok && (isFile(name+".py") || isFile(filepath.Join(name, "__init__.py")))
	case "nodejs":
		return handlerFile(dir, handler, ".js", ".mjs", ".cjs", ".ts", ".mts", ".cts") != ""
	case "ruby":
		return handlerFile(dir, handler, ".rb") != ""
	case "java":
		return javaManifest(dir) != ""
	case "provided", "go":
		return isDir(dir) && holdsMain(dir) || isFile(filepath.Join(dir, "Cargo.toml"))
	}
	return false
}

// beforeLast is what precedes the last separator, the whole string if there is none.
func beforeLast(s, separator string) (before string, found bool) {
	i := strings.LastIndex(s, separator)
	if i < 0 {
		return s, false
	}
	return s[:i], true
}
