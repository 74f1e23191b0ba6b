package vtl

import (
	"cmp"
	"slices"
	"strings"
	"sync/atomic"
)

// Coverage is what the renderings of a template have reached so far.
type Coverage struct {
	Lines    []LineCoverage // in order, without those that have nothing to render: blank lines, comments, a lone #else or #end
	Branches []BranchCoverage
}

// LineCoverage is how often renderings have reached a line.
type LineCoverage struct {
	Line  int // 1-based
	Count int64
}

// BranchCoverage is how often renderings have taken one of the branches of an #if or a #foreach.
// The branches of one directive follow each other: #if, each #elseif, and #else, written or not; or
// the two of a #foreach.
type BranchCoverage struct {
	Name   string // "#if", "#elseif", "#else", "#if without #else", "#foreach entered" or "#foreach not entered"
	Line   int    // of the word; of an #else that is not written, of its #if
	Column int
	Group  int // the same for all branches of one directive, counted from 0
	Count  int64
}

// Coverage returns what the renderings of the template have reached, nil unless it was parsed with
// Options.Coverage.
func (t *Template) Coverage() *Coverage {
	if t.coverage == nil {
		return nil
	}
	c := &Coverage{}
	counts := map[int]int64{}
	for _, l := range t.coverage.lines {
		n := l.count.Load()
		for _, line := range l.lines {
			counts[line] = max(counts[line], n)
		}
	}
	for line, n := range counts {
		c.Lines = append(c.Lines, LineCoverage{line, n})
	}
	slices.SortFunc(c.Lines, func(a, b LineCoverage) int { return cmp.Compare(a.Line, b.Line) })
	for _, b := range t.coverage.branches {
		found := b.BranchCoverage
		found.Count = b.count.Load()
		c.Branches = append(c.Branches, found)
	}
	slices.SortStableFunc(c.Branches, func(a, b BranchCoverage) int { return cmp.Compare(a.Group, b.Group) }) // those of a body come first
	return c
}

// coverage is what the compiler adds to a template that counts: probes among its statements.
// Templates that do not count have none, so they pay nothing.
type coverage struct {
	lines    []*lineProbe
	branches []*branchProbe
	groups   int
}

// A lineProbe is a statement in front of others, whose lines it counts.
type lineProbe struct {
	lines []int
	count atomic.Int64
}

func (p *lineProbe) render(*state) { p.count.Add(1) }

// A branchProbe is the first statement of a branch, or the only one of a branch that is not
// written.
type branchProbe struct {
	BranchCoverage
	count atomic.Int64
}

func (p *branchProbe) render(*state) { p.count.Add(1) }

// A loopProbe is the first statement of a loop's body; a countedLoop is the loop.
type loopProbe struct{}

func (loopProbe) render(st *state) { st.looped = true }

type countedLoop struct {
	loop             *foreachStmt
	entered, skipped *branchProbe
}

func (c *countedLoop) render(st *state) {
	outer := st.looped
	st.looped = false
	c.loop.render(st)
	if st.looped {
		c.entered.render(st)
	} else {
		c.skipped.render(st)
	}
	st.looped = outer
}

func (c *coverage) group() int {
	c.groups++
	return c.groups - 1
}

// branch makes the probe of a branch, given the place of its word.
func (c *coverage) branch(name string, at place, group int) *branchProbe {
	line, column := at.src.position(at.offset)
	p := &branchProbe{BranchCoverage: BranchCoverage{Name: name, Line: line, Column: column, Group: group}}
	c.branches = append(c.branches, p)
	return p
}

// before makes the probe of a node's lines, nil if there is nothing to render.
func (c *coverage) before(src *source, n *node) *lineProbe {
	lead := len(n.first.image) - len(strings.TrimLeft(n.first.image, " \t\r\n"))
	p := &lineProbe{}
	if n.kind != nodeText && n.kind != nodeTextblock {
		line, _ := src.position(n.first.begin + lead) // a directive's token starts with the white space that it consumes
		p.lines = append(p.lines, line)
	} else {
		first, _ := src.position(n.first.begin)
		for i, text := range strings.Split(n.first.image, "\n") {
			if strings.TrimSpace(text) != "" {
				p.lines = append(p.lines, first+i)
			}
		}
		if len(p.lines) == 0 {
			return nil
		}
	}
	c.lines = append(c.lines, p)
	return p
}
