// Differential sends random questions to our JSONPath, lenient JSON and model validation and to
// the real Java libraries, and compares the answers.
//
//	go run ./tests/libraries/differential [-n 20000] [-seed 1] [-library path]
//
// Each question on which the two differ is shrunk and printed as a line for the corpus, with both
// answers. The last lines summarise the run: seed, count, differences. It exits 1 if there are any
// that package libraries' table of deliberate differences does not name. It needs what
// tests/libraries/install.sh installs.
package main

import (
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"sort"
	"strings"
	"sync"

	"example.com/guessing-game/tests/libraries"
	"example.com/guessing-game/tests/oracle"
)

// batchSize is how many questions go to the real library at a time.
const batchSize = 500

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("differential", flag.ContinueOnError)
	flags.SetOutput(stderr)
	n := flags.Int("n", 20_000, "how many `questions` of each library")
	seed := flags.Uint64("seed", 1, "the `seed` they are made from")
	only := flags.String("library", "", "compare this `library` alone: path, document, schema or template")
	show := flags.Int("show", 20, "shrink and print at most so many `differences` of each library")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	jars, err := libraries.Install()
	if err != nil {
		fmt.Fprintln(stderr, "differential:", err)
		return 1
	}
	results := make([]result, len(libraries.Libraries))
	var wait sync.WaitGroup
	for i, l := range libraries.Libraries {
		if *only != "" && *only != l.Name {
			continue
		}
		wait.Go(func() { results[i] = compare(l, jars, *seed, *n, *show, stderr) })
	}
	wait.Wait()
	status := 0
	for _, r := range results {
		fmt.Fprint(stdout, r.text)
		if r.err != nil {
			fmt.Fprintln(stderr, "differential:", r.err)
		}
		if r.err != nil || r.differences > 0 {
			status = 1
		}
	}
	return status
}

// A result is the result for one library.
type result struct {
	text        string
	differences int
	err         error
}

// A comparison is the work on one library.
type comparison struct {
	library libraries.Library
	oracle  *oracle.Oracle
	excused map[string]int
	answers map[string]int // of the real library, by status
}

func compare(l libraries.Library, jars string, seed uint64, n, show int, progress io.Writer) (r result) {
	c := comparison{library: l, excused: map[string]int{}, answers: map[string]int{}}
	if c.oracle, r.err = l.Start(jars); r.err != nil {
		return r
	}
	defer c.oracle.Close()
	var found []libraries.Question
	for done := 0; done < n; done += batchSize {
		if done > 0 && done%(20*batchSize) == 0 {
			fmt.Fprintf(progress, "%s: %d of %d questions, %d differences\n", l.Name, done, n, len(found))
		}
		var questions []libraries.Question
		for i := range min(batchSize, n-done) {
			questions = append(questions, generate(l.Name, seed, uint64(done+i)))
		}
		verdicts, err := c.judge(questions)
		if err != nil {
			r.err = err
			return r
		}
		for i, v := range verdicts {
			c.answers[v.real.Status]++
			if v.excuse != "" {
				c.excused[v.excuse]++
			}
			if v.differs {
				found = append(found, questions[i])
			}
		}
	}
	var text strings.Builder
	r.err = c.report(&text, found, show)
	r.differences = len(found)
	fmt.Fprintf(&text, "%s: seed %d, %d questions (%s), excused: %s, %d differences\n",
		l.Name, seed, n, counts(c.answers), counts(c.excused), len(found))
	r.text = text.String()
	return r
}

// generate makes question i for a seed.
func generate(library string, seed, i uint64) libraries.Question {
	g := generator{rand.New(rand.NewPCG(seed, i))}
	switch library {
	case "path":
		if g.chance(30) {
			return g.wideQuestion()
		}
		return g.pathQuestion()
	case "document":
		if g.chance(50) {
			return libraries.Question{Document: g.wideDocument()}
		}
		return libraries.Question{Document: g.lenientDocument()}
	case "template":
		return g.templateQuestion()
	}
	return g.schemaQuestion()
}

type verdict struct {
	ours, real libraries.Answer
	differs    bool
	excuse     string // the ID of a deliberate difference
}

func (c *comparison) judge(questions []libraries.Question) ([]verdict, error) {
	verdicts := make([]verdict, len(questions))
	real, err := oracle.Ask[libraries.Question, libraries.Answer](c.oracle, questions)
	if err != nil {
		return nil, err
	}
	for i, q := range questions {
		v := verdict{ours: c.library.Ours(q), real: real[i]}
		if !v.ours.Agrees(v.real) {
			v.excuse = libraries.Excuse(q, v.ours, v.real)
			v.differs = v.excuse == ""
		}
		verdicts[i] = v
	}
	return verdicts, nil
}

// report shrinks and prints the differences; those that shrink to the same question only once.
func (c *comparison) report(w io.Writer, found []libraries.Question, most int) error {
	seen := map[string]bool{}
	for tried, q := range found {
		if len(seen) == most || tried == 3*most {
			fmt.Fprintf(w, "… and more: -show prints them\n\n")
			return nil
		}
		small, err := c.shrink(q)
		if err != nil {
			return err
		}
		line, err := small.Line()
		if err != nil {
			return err
		}
		if seen[line] {
			continue
		}
		seen[line] = true
		v, err := c.judge([]libraries.Question{small})
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s\n  ours %v\n  real %v\n\n", line, v[0].ours, v[0].real)
	}
	return nil
}

func counts(m map[string]int) string {
	var parts []string
	for name, n := range m {
		parts = append(parts, fmt.Sprintf("%s %d", name, n))
	}
	sort.Strings(parts)
	if parts == nil {
		return "none"
	}
	return strings.Join(parts, ", ")
}
