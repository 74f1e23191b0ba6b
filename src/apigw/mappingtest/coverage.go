package mappingtest

import (
	"cmp"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"maps"
	"slices"
	"strings"

	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/src/apigw/vtl"
)

// Coverage is the part of an API's mapping templates that tests have reached. The zero value is
// empty.
type Coverage struct {
	templates []*covered // in the order of the document's routes
}

// covered is a template with the counts of all tests together.
type covered struct {
	*gateway.Template
	Where    string // "POST /games/{id}, request, application/json"
	Lines    []vtl.LineCoverage
	Branches []vtl.BranchCoverage
}

// add counts what one gateway, whose options have Coverage, has rendered.
func (c *Coverage) add(routes []*gateway.Route) {
	var found []*covered
	collect := func(where string, ts []*gateway.Template) {
		for _, t := range ts {
			if t.Parsed() != nil {
				n := t.Parsed().Coverage()
				found = append(found, &covered{t, where + ", " + t.MediaType, n.Lines, n.Branches})
			}
		}
	}
	for _, r := range routes {
		if r.Integration == nil {
			continue
		}
		collect(r.Name()+", request", r.Integration.RequestTemplates)
		for _, ir := range r.Integration.Responses {
			collect(r.Name()+", response "+ir.Status, ir.ResponseTemplates)
		}
	}
	if c.templates == nil {
		c.templates = found
		return
	}
	for i, t := range found { // the same templates in the same order, since the document is the same
		sum := c.templates[i]
		for j := range t.Lines {
			sum.Lines[j].Count += t.Lines[j].Count
		}
		for j := range t.Branches {
			sum.Branches[j].Count += t.Branches[j].Count
		}
	}
}

// A Ratio is how many of some lines or branches were reached.
type Ratio struct{ Reached, All int }

// String is "3 of 4 (75.0 %)", "none" if there are none.
func (r Ratio) String() string {
	if r.All == 0 {
		return "none"
	}
	return fmt.Sprintf("%d of %d (%.1f %%)", r.Reached, r.All, 100*float64(r.Reached)/float64(r.All))
}

func (r *Ratio) count(n int64) {
	r.All++
	if n > 0 {
		r.Reached++
	}
}

// Totals returns the lines and the branches of all templates.
func (c *Coverage) Totals() (lines, branches Ratio) {
	for _, t := range c.templates {
		l, b := t.totals()
		lines.Reached, lines.All = lines.Reached+l.Reached, lines.All+l.All
		branches.Reached, branches.All = branches.Reached+b.Reached, branches.All+b.All
	}
	return lines, branches
}

func (t *covered) totals() (lines, branches Ratio) {
	for _, l := range t.Lines {
		lines.count(l.Count)
	}
	for _, b := range t.Branches {
		branches.count(b.Count)
	}
	return lines, branches
}

// WriteText writes the totals and, for each template that was not fully reached, what was missed,
// with its position in the document.
func (c *Coverage) WriteText(w io.Writer) error {
	var b strings.Builder
	lines, branches := c.Totals()
	fmt.Fprintf(&b, "coverage of %d templates: lines %v, branches %v\n", len(c.templates), lines, branches)
	for _, t := range c.templates {
		lines, branches := t.totals()
		if lines.Reached == lines.All && branches.Reached == branches.All {
			continue
		}
		fmt.Fprintf(&b, "%v: %s: lines %v, branches %v\n", t.Position, t.Where, lines, branches)
		if lines.Reached == 0 {
			fmt.Fprintf(&b, "  no test renders it\n")
			continue
		}
		for _, m := range t.missed() {
			fmt.Fprintf(&b, "  %v: %s\n", t.At(m.line, m.column), m.what)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

type miss struct {
	line, column int
	what         string
}

// missed returns what was not reached, in the order of the source. Of lines that follow each other
// only the first is named.
func (t *covered) missed() (all []miss) {
	for i := 0; i < len(t.Lines); i++ {
		if t.Lines[i].Count > 0 {
			continue
		}
		last := i
		for last+1 < len(t.Lines) && t.Lines[last+1].Count == 0 {
			last++
		}
		m := miss{t.Lines[i].Line, 1, "the line is not reached"}
		if last > i {
			m.what = fmt.Sprintf("%d lines are not reached", last-i+1)
		}
		all = append(all, m)
		i = last
	}
	for _, b := range t.Branches {
		if b.Count == 0 {
			all = append(all, miss{b.Line, b.Column, missedBranch(b.Name)})
		}
	}
	slices.SortStableFunc(all, func(a, b miss) int { return cmp.Or(cmp.Compare(a.line, b.line), cmp.Compare(a.column, b.column)) })
	return all
}

func missedBranch(name string) string {
	switch name {
	case "#if without #else":
		return "the condition of #if is never false"
	case "#foreach entered":
		return "#foreach never has an element"
	case "#foreach not entered":
		return "#foreach is never empty"
	}
	return name + " is never taken"
}

// WriteLCOV writes the counts in LCOV's format, which editors and coverage services read. Lines are
// those of the document; those of a template in quotes are all where it starts.
func (c *Coverage) WriteLCOV(w io.Writer) error {
	type file struct {
		lines    map[int]int64
		branches []string
		found    Ratio
		groups   int
	}
	files := map[string]*file{}
	for _, t := range c.templates {
		f := files[t.File]
		if f == nil {
			f = &file{lines: map[int]int64{}}
			files[t.File] = f
		}
		for _, l := range t.Lines {
			at := t.At(l.Line, 1).Line
			f.lines[at] = max(f.lines[at], l.Count)
		}
		reached := map[int]bool{} // groups
		for _, b := range t.Branches {
			reached[b.Group] = reached[b.Group] || b.Count > 0
		}
		index := map[int]int{} // in the group
		for _, b := range t.Branches {
			taken := "-" // the directive itself was not reached
			if reached[b.Group] {
				taken = fmt.Sprint(b.Count)
			}
			f.branches = append(f.branches, fmt.Sprintf("BRDA:%d,%d,%d,%s\n", t.At(b.Line, 1).Line, f.groups+b.Group, index[b.Group], taken))
			index[b.Group]++
			f.found.count(b.Count)
		}
		f.groups += len(reached)
	}
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(files)) {
		f := files[name]
		fmt.Fprintf(&b, "TN:\nSF:%s\n", name)
		b.WriteString(strings.Join(f.branches, ""))
		fmt.Fprintf(&b, "BRF:%d\nBRH:%d\n", f.found.All, f.found.Reached)
		var lines Ratio
		for _, line := range slices.Sorted(maps.Keys(f.lines)) {
			fmt.Fprintf(&b, "DA:%d,%d\n", line, f.lines[line])
			lines.count(f.lines[line])
		}
		fmt.Fprintf(&b, "LF:%d\nLH:%d\nend_of_record\n", lines.All, lines.Reached)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

//go:embed coverage.html
var pageSource string

var page = template.Must(template.New("coverage").Parse(pageSource))

// pageTemplate is a template on the page.
type pageTemplate struct {
	ID              string
	Where, Position string
	Lines, Branches Ratio
	Source          []pageLine
}

type pageLine struct {
	Number int // in the document
	Class  string
	Count  string
	Text   string
	Notes  []string // branches that were not taken
}

// WriteHTML writes a page with the sources of all templates, marked with what was reached and what
// was not.
func (c *Coverage) WriteHTML(w io.Writer) error {
	lines, branches := c.Totals()
	data := struct {
		Lines, Branches Ratio
		Templates       []pageTemplate
	}{Lines: lines, Branches: branches}
	for i, t := range c.templates {
		p := pageTemplate{ID: fmt.Sprint("t", i+1), Where: t.Where, Position: t.Position.String()}
		p.Lines, p.Branches = t.totals()
		for j, text := range strings.Split(strings.TrimSuffix(t.Source, "\n"), "\n") {
			p.Source = append(p.Source, pageLine{Number: t.At(j+1, 1).Line, Text: strings.TrimSuffix(text, "\r")})
		}
		for _, l := range t.Lines {
			if l.Line > len(p.Source) {
				continue
			}
			line := &p.Source[l.Line-1]
			line.Count, line.Class = fmt.Sprint(l.Count, "×"), "reached"
			if l.Count == 0 {
				line.Count, line.Class = "0×", "missed"
			}
		}
		for _, b := range t.Branches {
			if b.Count > 0 || b.Line > len(p.Source) {
				continue
			}
			line := &p.Source[b.Line-1]
			line.Notes = append(line.Notes, missedBranch(b.Name))
			if line.Class != "missed" {
				line.Class = "partly"
			}
		}
		data.Templates = append(data.Templates, p)
	}
	return page.Execute(w, data)
}
