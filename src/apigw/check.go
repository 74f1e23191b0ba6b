package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"example.com/guessing-game/src/apigw/check"
	"example.com/guessing-game/src/apigw/cli"
	"example.com/guessing-game/src/apigw/console"
	"example.com/guessing-game/src/apigw/document"
	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/src/apigw/project"
	"example.com/guessing-game/src/apigw/visible"
	"example.com/guessing-game/src/apigw/vtl"
)

func newCheck(s *cli.System) *cobra.Command {
	var o project.Source
	var format string
	var listRules, strict bool
	var ignored []string
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Find mistakes before a deployment does",
		Long: `Find mistakes before a deployment does: what API Gateway would refuse to import, what would fail at the first request, and what
behaves differently from how it looks. Every finding has an ID, a position and a fix.

The exit status is 1 if there are errors, or with --strict warnings, and 0 otherwise.`,
		Example: `  apigw check
  apigw check --openapi api.yaml --ignore route-shadowed
  apigw check --format sarif > apigw.sarif
  apigw check --rules`,
		Args: cli.Takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if listRules {
				for _, r := range check.Rules() {
					fmt.Fprintf(s.Stdout, "%-28s %-8s %s\n", r.ID, r.Severity, r.Text)
				}
				return nil
			}
			known := map[string]bool{}
			for _, r := range check.Rules() {
				known[r.ID] = true
			}
			skip := map[string]bool{}
			for _, id := range ignored {
				if !known[id] {
					return cli.Usagef("--ignore %s: there is no such rule; apigw check --rules lists them", id)
				}
				skip[id] = true
			}
			findings, checked, err := checkProject(cmd, s, &o)
			if err != nil {
				return err
			}
			kept := findings[:0]
			for _, f := range findings {
				if !skip[f.Rule] {
					kept = append(kept, f)
				}
			}
			findings = kept
			switch format {
			case "text":
				err = writeFindings(s, findings, checked)
			case "json":
				err = check.WriteJSON(s.Stdout, findings)
			case "sarif":
				err = check.WriteSARIF(s.Stdout, findings)
			default:
				return cli.Usagef("--format %q: it must be text, json or sarif", format)
			}
			if err != nil {
				return err
			}
			if n, warnings := check.Count(findings); n > 0 || strict && warnings > 0 {
				return cli.ErrSilent
			}
			return nil
		},
	}
	f := cmd.Flags()
	o.Register(f)
	f.StringVar(&format, "format", "text", "`FORMAT` of the findings: text, json or sarif")
	cli.OneOf(cmd, "format", "text", "json", "sarif")
	f.StringSliceVar(&ignored, "ignore", nil, "`IDS` of rules whose findings are left out")
	f.BoolVar(&strict, "strict", false, "fail on warnings too")
	f.BoolVar(&listRules, "rules", false, "list the rules")
	return cmd
}

// checkProject runs the checks. A file that cannot be read is a finding too, so that every format
// reports it. checked names what was checked.
func checkProject(cmd *cobra.Command, s *cli.System, o *project.Source) (findings []check.Finding, checked string, err error) {
	o.Tolerant = true
	p, err := o.Load(s)
	var problems document.Problems
	if errors.As(err, &problems) {
		for _, q := range problems {
			findings = append(findings, check.Unreadable(q))
		}
		return findings, "", nil
	}
	if err != nil {
		return nil, "", err
	}
	var apis []check.API
	for _, a := range p.Served {
		apis = append(apis, check.API{API: a.API, Document: a.Doc, Options: o.Options(a, gateway.Options{})})
	}
	findings, n := check.Run(cmd.Context(), p.Template, apis)
	if len(apis) == 0 {
		return findings, "; " + p.NoAPI().Error(), nil
	}
	return findings, fmt.Sprintf(" in %s and %s", console.Plural(n.Routes, "route"), console.Plural(n.Templates, "template")), nil
}

// maxSourceLine is how much of a line is shown.
const maxSourceLine = 200

// sourceLines shows the line of a position and its column.
func sourceLines() func(document.Position) string {
	files := map[string][]string{}
	return func(f document.Position) string {
		if _, ok := files[f.File]; !ok {
			data, _ := document.ReadFile(f.File) // without it there is nothing to show
			files[f.File] = strings.Split(string(data), "\n")
		}
		if f.Line < 1 || f.Line > len(files[f.File]) {
			return ""
		}
		line := strings.TrimRight(files[f.File][f.Line-1], "\r")
		shown := strings.TrimLeft(line, " \t")
		if shown == "" || len(shown) > maxSourceLine {
			return ""
		}
		before := []rune(shown)
		before = before[:max(0, min(f.Column-1-(len(line)-len(shown)), len(before)))]
		return fmt.Sprintf("    %s\n    %s\n", visible.Text(shown), vtl.Caret(string(before)))
	}
}

func writeFindings(s *cli.System, findings []check.Finding, checked string) error {
	c := s.Console(s.Stdout)
	paint := func(severity check.Severity, text string) string {
		if severity == check.Error {
			return c.Paint(console.Red, text)
		}
		return c.Paint(console.Yellow, text)
	}
	source := sourceLines()
	if err := check.WriteText(visible.Writer{W: s.Stdout}, findings, paint, func(f check.Finding) string {
		return source(document.Position{File: f.File, Line: f.Line, Column: f.Column})
	}); err != nil {
		return err
	}
	n, warnings := check.Count(findings)
	fell, warned := console.Plural(n, "error"), console.Plural(warnings, "warning")
	switch {
	case n > 0:
		fell = c.Paint(console.Red, fell)
	case warnings > 0:
		warned = c.Paint(console.Yellow, warned)
	default:
		fell, warned = c.Paint(console.Green, fell), c.Paint(console.Green, warned)
	}
	_, err := fmt.Fprintf(s.Stdout, "%s, %s%s\n", fell, warned, checked)
	return err
}
