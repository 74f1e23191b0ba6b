// Conformance checks the corpus against the real libraries, and our own code against the corpus.
//
//	go run ./tests/libraries/conformance            check both; exit 1 at any difference
//	go run ./tests/libraries/conformance -update    write the real libraries' answers into the corpus
//
// It fetches the libraries with tests/libraries/install.sh.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"

	"example.com/guessing-game/tests/libraries"
	"example.com/guessing-game/tests/oracle"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("conformance", flag.ContinueOnError)
	flags.SetOutput(stderr)
	update := flags.Bool("update", false, "write the real libraries' answers into the corpus")
	folder := flags.String("corpus", "tests/libraries/corpus", "the `folder` of the corpus")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	jars, err := libraries.Install()
	wrong := 0
	for _, l := range libraries.Libraries {
		if err != nil {
			break
		}
		var n int
		n, err = check(stdout, l, jars, *folder, *update)
		wrong += n
	}
	if err != nil {
		fmt.Fprintln(stderr, "conformance:", err)
	}
	if err != nil || wrong > 0 {
		return 1
	}
	return 0
}

// check returns how many cases are wrong, on either side.
func check(w io.Writer, l libraries.Library, jars, folder string, update bool) (wrong int, err error) {
	corpus, err := l.Load(folder)
	if err != nil {
		return 0, err
	}
	real, err := l.Start(jars)
	if err != nil {
		return 0, err
	}
	defer real.Close()
	questions := make([]libraries.Question, len(corpus.Cases))
	for i, c := range corpus.Cases {
		questions[i] = c.Question
	}
	answers, err := oracle.Ask[libraries.Question, libraries.Answer](real, questions)
	if err != nil {
		return 0, err
	}
	for i, c := range corpus.Cases {
		real := answers[i]
		real.Error = ""
		switch {
		case update:
			c.Answer = &real
		case c.Answer == nil || !real.Agrees(*c.Answer):
			fmt.Fprintf(w, "%s %s: the corpus has %v, the real library says %v\n", l.Name, c.ID, c.Answer, real)
			wrong++
		}
	}
	if update {
		return 0, corpus.Save()
	}
	for _, m := range l.Check(corpus) {
		fmt.Fprintln(w, l.Name, m)
		wrong++
	}
	fmt.Fprintf(w, "%s: %d cases\n", l.Name, len(corpus.Cases))
	return wrong, nil
}
