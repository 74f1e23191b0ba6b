package readme

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// fenced is a block of a Markdown document.
var fenced = regexp.MustCompile("(?ms)^```(\\w*)\n(.*?)^```$")

// The commands in docs/recipes.md run in the root of the repository and print what it says, those
// in its workflow run too, and its containers start with flags that apigw has.
func TestRecipes(t *testing.T) {
	t.Parallel()
	bin := t.TempDir()
	program := filepath.Join(bin, "apigw")
	if out, err := exec.Command("go", "build", "-o", program, "../../src/apigw").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	text, err := os.ReadFile("../../docs/recipes.md")
	if err != nil {
		t.Fatal(err)
	}
	scratch := t.TempDir()
	shell := func(command string) string {
		for _, file := range []string{"report.xml", "apigw.sarif"} { // written to the folder of the workflow
			command = strings.ReplaceAll(command, file, filepath.Join(scratch, file))
		}
		cmd := exec.Command("sh", "-c", command)
		cmd.Dir = "../.."
		cmd.Env = append(os.Environ(), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"))
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v\n%s", command, err, out)
		}
		return string(out)
	}
	ran := map[string]int{}
	for _, block := range fenced.FindAllStringSubmatch(string(text), -1) {
		switch kind, content := block[1], block[2]; kind {
		case "console":
			command, want, _ := strings.Cut(strings.TrimPrefix(content, "$ "), "\n")
			if got := shell(command); !pattern(want).MatchString(got) {
				t.Errorf("%s\nprints\n%s\nnot\n%s", command, got, want)
			}
			ran[kind]++
		case "yaml":
			var file struct {
				Jobs     map[string]struct{ Steps []struct{ Run string } }
				Services map[string]struct{ Image, Command string }
			}
			if err := yaml.Unmarshal([]byte(content), &file); err != nil {
				t.Errorf("%v:\n%s", err, content)
			}
			for _, job := range file.Jobs {
				for _, step := range job.Steps {
					if strings.HasPrefix(step.Run, "apigw ") {
						shell(step.Run)
						ran["workflow"]++
					}
				}
			}
			for _, service := range file.Services {
				if service.Image == "apigw" {
					shell("apigw " + service.Command + " --help >/dev/null")
					if !slices.Contains(strings.Fields(service.Command), "0.0.0.0") {
						t.Errorf("%s: nobody outside the container reaches it", service.Command)
					}
					ran["container"]++
				}
			}
		}
	}
	if ran["console"] != 3 || ran["workflow"] != 4 || ran["container"] != 1 {
		t.Errorf("ran %v; the test must have lost some", ran)
	}
}

// pattern matches what a block says is printed: "…" is any text, alone in a line any lines.
func pattern(block string) *regexp.Regexp {
	text := regexp.QuoteMeta(block)
	text = regexp.MustCompile(`(?m)^…\n`).ReplaceAllString(text, "(?s:.*?)")
	return regexp.MustCompile("^" + strings.ReplaceAll(text, "…", ".*") + "$")
}
