package replay

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/rogpeppe/go-internal/diff"
)

// Summary counts the results of many exchanges, by route.
type Summary struct {
	routes  map[string]*counts
	skipped map[string]int // exchanges that were not compared, or only in part, by the reason
	cut     int            // bodies that are cut in the log
}

type counts struct {
	all, same int
	steps     map[Step]int
}

// Add counts an exchange.
func (s *Summary) Add(r *Result) {
	if s.routes == nil {
		s.routes, s.skipped = map[string]*counts{}, map[string]int{}
	}
	s.cut += r.Exchange.Cut()
	if r.Skipped != "" {
		s.skipped[r.Skipped]++
	}
	if r.Route == "" {
		return
	}
	c := s.routes[r.Route]
	if c == nil {
		c = &counts{steps: map[Step]int{}}
		s.routes[r.Route] = c
	}
	c.all++
	if len(r.Differences) == 0 {
		c.same++
	}
	for _, d := range r.Differences {
		c.steps[d.Step]++
	}
}

// Differing returns how many exchanges differ.
func (s *Summary) Differing() (n int) {
	for _, c := range s.routes {
		n += c.all - c.same
	}
	return n
}

// String returns the summary as a table, with a row for each route.
func (s *Summary) String() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "route\trequests\tsame\tdiffer\tat")
	for _, route := range slices.Sorted(maps.Keys(s.routes)) {
		c := s.routes[route]
		var at []string
		for _, step := range []Step{Endpoint, EndpointURI, EndpointHeaders, EndpointRequest, Status, Headers, Response} {
			if n := c.steps[step]; n > 0 {
				at = append(at, fmt.Sprintf("%s %d", step, n))
			}
		}
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%s\n", route, c.all, c.same, c.all-c.same, strings.Join(at, ", "))
	}
	w.Flush()
	for _, reason := range slices.SortedFunc(maps.Keys(s.skipped), func(a, b string) int {
		return cmp.Or(cmp.Compare(s.skipped[b], s.skipped[a]), cmp.Compare(a, b))
	}) {
		fmt.Fprintf(&b, "%d not compared in full: %s\n", s.skipped[reason], reason)
	}
	if s.cut > 0 {
		fmt.Fprintf(&b, "%d bodies are cut in the log; they were compared as far as they go\n", s.cut)
	}
	return b.String()
}

// SideBySide writes a difference side by side on a terminal of a width in columns, the log on the
// left, with a bar between lines that differ.
func (d Difference) SideBySide(columns int, left, right string) string {
	width := max(24, (columns-3)/2)
	rows := [][3]string{{left, " ", right}}
	unified := string(diff.Diff("a", []byte(ended(d.Want)), "b", []byte(ended(d.Got))))
	var removed, added []string
	pair := func() {
		for i := range max(len(removed), len(added)) {
			row := [3]string{"", "|", ""}
			if i < len(removed) {
				row[0] = removed[i]
			}
			if i < len(added) {
				row[2] = added[i]
			}
			rows = append(rows, row)
		}
		removed, added = nil, nil
	}
	inHunk := false
	for line := range strings.Lines(unified) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case strings.HasPrefix(line, "@@"):
			pair()
			if inHunk {
				rows = append(rows, [3]string{"…", " ", "…"})
			}
			inHunk = true
		case !inHunk:
		case strings.HasPrefix(line, "-"):
			removed = append(removed, line[1:])
		case strings.HasPrefix(line, "+"):
			added = append(added, line[1:])
		case strings.HasPrefix(line, " "):
			pair()
			rows = append(rows, [3]string{line[1:], " ", line[1:]})
		}
	}
	pair()
	var b strings.Builder
	for _, row := range rows {
		l, r := wrapped(row[0], width), wrapped(row[2], width)
		for i := range max(len(l), len(r)) {
			var a, c string
			if i < len(l) {
				a = l[i]
			}
			if i < len(r) {
				c = r[i]
			}
			b.WriteString(strings.TrimRight(fmt.Sprintf("%-*s %s %s", width, a, row[1], c), " ") + "\n")
		}
	}
	return b.String()
}

func ended(s string) string {
	if s == "" || strings.HasSuffix(s, "\n") {
		return s
	}
	return s + "\n"
}

// wrapped cuts a line into pieces of a width; an empty line is one piece.
func wrapped(line string, width int) []string {
	runes := []rune(strings.ReplaceAll(line, "\t", "    "))
	pieces := []string{}
	for len(runes) > width {
		pieces, runes = append(pieces, string(runes[:width])), runes[width:]
	}
	return append(pieces, string(runes))
}
