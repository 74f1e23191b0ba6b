package check

import (
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
)

// WriteJSON writes the findings as a JSON object: {"findings": […], "errors": n, "warnings": n}.
func WriteJSON(w io.Writer, findings []Finding) error {
	if findings == nil {
		findings = []Finding{}
	}
	errors, warnings := Count(findings)
	return encode(w, map[string]any{"findings": findings, "errors": errors, "warnings": warnings})
}

// Count counts errors and warnings.
func Count(findings []Finding) (errors, warnings int) {
	for _, f := range findings {
		if f.Severity == Error {
			errors++
		} else {
			warnings++
		}
	}
	return errors, warnings
}

func encode(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// SARIF 2.1.0, as far as it is used:
// https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool    sarifTool     `json:"tool"`
		Results []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name           string      `json:"name"`
		InformationURI string      `json:"informationUri,omitempty"`
		Rules          []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID            string       `json:"id"`
		Description   sarifMessage `json:"shortDescription"`
		Configuration struct {
			Level Severity `json:"level"`
		} `json:"defaultConfiguration"`
	}
	sarifMessage struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID    string          `json:"ruleId"`
		RuleIndex int             `json:"ruleIndex"`
		Level     Severity        `json:"level"`
		Message   sarifMessage    `json:"message"`
		Locations []sarifLocation `json:"locations"`
	}
	sarifLocation struct {
		Physical struct {
			Artifact struct {
				URI string `json:"uri"`
			} `json:"artifactLocation"`
			Region *sarifRegion `json:"region,omitempty"`
		} `json:"physicalLocation"`
	}
	sarifRegion struct {
		Line   int `json:"startLine"`
		Column int `json:"startColumn"`
	}
)

// WriteSARIF writes the findings as a SARIF log, which code hosts show next to the lines of a
// change.
func WriteSARIF(w io.Writer, findings []Finding) error {
	run := sarifRun{Tool: sarifTool{sarifDriver{Name: "apigw check", Rules: []sarifRule{}}}, Results: []sarifResult{}}
	index := map[string]int{}
	for i, r := range Rules() {
		s := sarifRule{ID: r.ID, Description: sarifMessage{r.Text}}
		s.Configuration.Level = r.Severity
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, s)
		index[r.ID] = i
	}
	for _, f := range findings {
		text := f.Message + "."
		if f.Fix != "" {
			text += " Fix: " + f.Fix + "."
		}
		if f.Route != "" {
			text = f.Route + ": " + text
		}
		var l sarifLocation
		l.Physical.Artifact.URI = filepath.ToSlash(f.File)
		if f.Line > 0 {
			l.Physical.Region = &sarifRegion{f.Line, max(f.Column, 1)}
		}
		run.Results = append(run.Results, sarifResult{f.Rule, index[f.Rule], f.Severity, sarifMessage{text}, []sarifLocation{l}})
	}
	return encode(w, sarifLog{"https://json.schemastore.org/sarif-2.1.0.json", "2.1.0", []sarifRun{run}})
}

// WriteText writes the findings for people: a line for each, and below it the source at its
// position and its fix.
func WriteText(w io.Writer, findings []Finding, paint func(Severity, string) string, source func(Finding) string) error {
	for _, f := range findings {
		where := f.File
		if f.Line > 0 {
			where = fmt.Sprintf("%s:%d:%d", f.File, f.Line, f.Column)
		}
		route, fix := "", ""
		if f.Route != "" {
			route = f.Route + ": "
		}
		if f.Fix != "" {
			fix = "    fix: " + f.Fix + "\n"
		}
		if _, err := fmt.Fprintf(w, "%s: %s: %s%s [%s]\n%s%s",
			where, paint(f.Severity, string(f.Severity)), route, f.Message, f.Rule, source(f), fix); err != nil {
			return err
		}
	}
	return nil
}
