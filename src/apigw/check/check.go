// Package check finds mistakes in a REST API before a deployment does: what API Gateway would
// refuse to import, what would fail on the first request, and what behaves differently from how it
// looks.
package check

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"example.com/guessing-game/src/apigw/document"
	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/src/apigw/sam"
)

// Severity is how serious a finding is.
type Severity string

// An Error would fail in AWS, at the import or at an ordinary request. A Warning would surprise, or
// fail at an unusual request.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
)

// Finding is one mistake.
type Finding struct {
	Rule     string   `json:"rule"` // ID, stable
	Severity Severity `json:"severity"`
	File     string   `json:"file"`
	Line     int      `json:"line"`
	Column   int      `json:"column"`
	Route    string   `json:"route,omitempty"` // "GET /games/{id}"
	Message  string   `json:"message"`
	Fix      string   `json:"fix,omitempty"` // empty if the message says it
}

// API is an API to check, with its document as the gateway reads it.
type API struct {
	*sam.API
	Document *gateway.Document
	Options  gateway.Options // stage, stage variables, account, Region, API id
}

// Checked counts what was checked.
type Checked struct{ Routes, Templates int }

func (c *Checked) count(routes []*gateway.Route) {
	c.Routes += len(routes)
	for _, r := range routes {
		if r.Integration == nil {
			continue
		}
		c.Templates += len(r.Integration.RequestTemplates)
		for _, ir := range r.Integration.Responses {
			c.Templates += len(ir.ResponseTemplates)
		}
	}
}

// Run checks the APIs of a template or document. Findings come in the order of files and lines.
func Run(ctx context.Context, t *sam.Template, apis []API) ([]Finding, Checked) {
	checked := Checked{}
	c := &checker{template: t, seen: map[Finding]bool{}, said: map[string]bool{}, slow: map[slowKey][]string{}}
	unresolved := map[string]bool{}
	for _, p := range t.Problems {
		f := Unreadable(p)
		c.addAt(f.Rule, p.Position, "", f.Message, f.Fix)
		unresolved[p.Error()] = true
	}
	for _, a := range apis {
		c.api = a
		loaded, err := gateway.Load(a.Document, a.Options)
		c.loaded = loaded
		checked.count(loaded.Routes)
		c.importRules()
		for _, r := range loaded.Routes {
			if r.Problem != nil && unresolved[r.Problem.Reason] {
				continue
			}
			c.routeRules(r)
			c.templateRules(r)
		}
		c.shadows()
		c.doors()
		c.gatewayResponses()
		c.render(ctx)
		c.problems(err, unresolved)
	}
	c.timeouts()
	c.templateFileRules()
	for rule, ps := range map[string]document.Problems{"key-twice": t.Twice, "resource-lost": t.Lost, "raw-intrinsic": t.RawCalls, "deployment-refuses": t.Refused} {
		for _, p := range ps {
			if rule == "deployment-refuses" && slices.ContainsFunc(c.findings, func(f Finding) bool {
				return f.Rule == "document" && f.Line == p.Line && f.Column == p.Column && f.File == p.File
			}) {
				continue // found when the value was needed
			}
			c.addAt(rule, p.Position, "", p.Reason, p.Fix)
		}
	}
	for _, f := range t.Functions {
		if len(f.Code.Architectures) > 1 {
			c.addAt("architectures", f.Pos, "", fmt.Sprintf("%s has the architectures %s; Lambda takes one", f.ID, strings.Join(f.Code.Architectures, ", ")), "give one: [arm64] or [x86_64]")
		}
	}
	slices.SortStableFunc(c.findings, func(a, b Finding) int {
		return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), strings.Compare(a.Rule, b.Rule))
	})
	return c.findings, checked
}

// Unreadable turns a problem of a template into a finding.
func Unreadable(p *document.Problem) Finding {
	return Finding{Rule: "document", Severity: Error, File: p.File, Line: p.Line, Column: p.Column, Route: p.Route, Message: p.Reason, Fix: p.Fix}
}

type checker struct {
	template *sam.Template
	api      API
	loaded   *gateway.API
	findings []Finding
	seen     map[Finding]bool
	said     map[string]bool      // rules that are reported once per run
	slow     map[slowKey][]string // routes, by the function that may outlast them
}

// once adds only the first finding of a rule, for what is the same for every API.
func (c *checker) once(rule string, p document.Position, message, fix string) {
	if !c.said[rule] {
		c.said[rule] = true
		c.addAt(rule, p, "", message, fix)
	}
}

// add adds a finding at a position of the API's document.
func (c *checker) add(rule string, p document.Position, route, message, fix string) {
	c.addAt(rule, c.api.Place(p.Line, p.Column), route, message, fix)
}

func (c *checker) addAt(rule string, p document.Position, route, message, fix string) {
	c.addAs(rules[rule].severity, rule, p, route, message, fix)
}

func (c *checker) addAs(severity Severity, rule string, p document.Position, route, message, fix string) {
	f := Finding{rule, severity, p.File, p.Line, p.Column, route, message, fix}
	if !c.seen[f] {
		c.seen[f] = true
		c.findings = append(c.findings, f)
	}
}

func (c *checker) at(n *yaml.Node) document.Position {
	return document.Position{File: c.api.File, Line: n.Line, Column: n.Column}
}

// problems adds what the gateway itself found, except what a rule has found at the same place and
// what is already known.
func (c *checker) problems(err error, known map[string]bool) {
	var ps document.Problems
	if !errors.As(err, &ps) {
		return
	}
	for _, p := range ps {
		at := c.api.Place(p.Line, p.Column)
		if known[p.Reason] {
			continue
		}
		if slices.ContainsFunc(c.findings, func(f Finding) bool {
			return f.Severity == Error && f.File == at.File && f.Line == at.Line && f.Column == at.Column
		}) {
			continue
		}
		rule := "document"
		if p.Unsupported {
			rule = "unsupported"
		}
		c.add(rule, p.Position, p.Route, p.Reason, p.Fix)
	}
}
