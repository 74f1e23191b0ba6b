package functions

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	"example.com/guessing-game/src/apigw/document"
	"example.com/guessing-game/src/apigw/explain"
	"example.com/guessing-game/src/apigw/runtimes"
)

// clients are AWS's runtime clients: the error where one is missing, and the command that installs
// it.
var clients = []struct{ runtime, missing, command string }{
	{"python", "No module named awslambdaric", "pip install awslambdaric, for the Python that it calls"},
	{"python", "No module named 'awslambdaric'", "pip install awslambdaric, for the Python that it calls"},
	{"nodejs", "Cannot find module 'aws-lambda-ric'", "npm install aws-lambda-ric"},
	{"ruby", "cannot load such file -- aws_lambda_ric", "gem install aws_lambda_ric"},
}

// Advised adds advice to the failure of a function that cannot begin.
func (f *Function) Advised(found []explain.Finding, failure, log string) []explain.Finding {
	if f.command == nil {
		if text := f.correction(failure, log); text != "" {
			found = append(found, explain.Finding{Text: fmt.Sprintf("%s: %s: %s", f.Pos, f.ID, text)})
		}
		return found
	}
	for _, c := range clients {
		if !strings.Contains(log, c.missing) {
			continue
		}
		text := "The command of --function " + f.ID + " needs AWS's runtime client: " + c.command
		if strings.HasPrefix(f.Runtime, c.runtime) && f.Handler != "" {
			text += "; or leave the flag out, and apigw runs " + f.Handler + " by itself"
		}
		return append(found, explain.Finding{Text: text + "."})
	}
	return found
}

// The errors of Lambda's runtime clients for what is missing.
var (
	noModulePython = regexp.MustCompile(`^Runtime\.ImportModuleError: Unable to import module '([^']+)': No module named '([^']+)'$`)
	noModuleNode   = regexp.MustCompile(`^Runtime\.ImportModuleError: Error: Cannot find module '([^'.][^']*)'`)
	noVariable     = regexp.MustCompile(`^KeyError: '(\w+)'$`)
)

// correction is what to change in the template or next to the code so that a function can begin;
// empty if that is not known.
func (f *Function) correction(failure, log string) string {
	if f.Function == nil {
		return ""
	}
	if m := noModulePython.FindStringSubmatch(failure); m != nil {
		if strings.HasPrefix(strings.ReplaceAll(m[1], "/", ".")+".", m[2]+".") {
			return f.noHandlerFile(".py")
		}
		return f.unlisted("requirements.txt", m[2])
	}
	if m := noModuleNode.FindStringSubmatch(failure); m != nil {
		module, _, _ := strings.Cut(filepath.Base(f.Handler), ".")
		if m[1] == module {
			return f.noHandlerFile(".js")
		}
		return f.unlisted("package.json", m[1])
	}
	if m := noVariable.FindStringSubmatch(failure); m != nil && fromEnvironment(log, m[1]) {
		var names []string
		for _, v := range f.Environment {
			if v.Name == m[1] {
				return ""
			}
			names = append(names, v.Name)
		}
		has := "it has none"
		if len(names) > 0 {
			has = "it has " + strings.Join(names, ", ")
		}
		return fmt.Sprintf("the template gives it no environment variable %s; %s.", m[1], has)
	}
	return ""
}

// fromEnvironment reports whether a traceback leads to os.environ[name].
func fromEnvironment(log, name string) bool {
	return strings.Contains(log, `environ["`+name+`"]`) || strings.Contains(log, `environ['`+name+`']`) || strings.Contains(log, `File "<frozen os>"`)
}

// noHandlerFile is what to correct if the file of the handler is missing.
func (f *Function) noHandlerFile(extension string) string {
	if file := runtimes.HandlerFile(f.Function); extension == ".py" && file != "" {
		return "" // it is there: what is missing is something else
	}
	i := strings.LastIndex(f.Handler, ".")
	if i < 0 {
		return ""
	}
	return fmt.Sprintf("the Handler %s names %s%s, which its code, %s, does not have; correct the Handler or the CodeUri.", f.Handler, f.Handler[:i], extension, f.codeShown())
}

// unlisted is what to do about a package that is neither installed nor listed; empty if it is
// listed, so that its installation failed or was not wanted.
func (f *Function) unlisted(manifest, name string) string {
	dir := f.Code.URI
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(f.Code.Dir, dir)
	}
	name, _, _ = strings.Cut(name, ".")
	text, err := document.ReadFile(filepath.Join(dir, manifest))
	switch {
	case err != nil:
		return fmt.Sprintf("its code imports %s, and %s has no %s that lists it.", name, f.codeShown(), manifest)
	case strings.Contains(strings.ToLower(string(text)), strings.ToLower(name)):
		return ""
	}
	return fmt.Sprintf("its code imports %s, which %s does not list; add the package that has it.", name, filepath.Join(f.codeShown(), manifest))
}

func (f *Function) codeShown() string {
	if f.Code.URI == "" || filepath.Clean(f.Code.URI) == "." {
		return "the template's folder"
	}
	return filepath.Clean(f.Code.URI)
}
