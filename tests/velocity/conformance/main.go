// Conformance checks the corpus against the real Apache Velocity 1.7, and package vtl against the
// corpus.
//
//	go run ./tests/velocity/conformance            check both; exit 1 at any difference
//	go run ./tests/velocity/conformance -update    write the real engine's outcomes into the corpus
//
// It needs what tests/velocity/install.sh installs.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"sync"

	"example.com/guessing-game/src/apigw/vtl"
	"example.com/guessing-game/tests/velocity"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("conformance", flag.ContinueOnError)
	flags.SetOutput(stderr)
	update := flags.Bool("update", false, "write the real engine's answers into the corpus")
	folder := flags.String("corpus", "tests/velocity/corpus", "the `folder` of the corpus")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	topics, err := velocity.Load(*folder)
	if err == nil && *update {
		err = rewrite(topics)
	}
	if err != nil {
		fmt.Fprintln(stderr, "conformance:", err)
		return 1
	}
	if *update {
		return 0
	}
	stale, err := checkExpectations(stdout, topics)
	if err != nil {
		fmt.Fprintln(stderr, "conformance:", err)
		return 1
	}
	wrong := checkOurs(stdout, topics)
	if stale+wrong > 0 {
		return 1
	}
	return 0
}

// answers gets the real engine's outcome for every case in both settings.
func answers(topics []*velocity.Topic) (stock, gateway []velocity.Outcome, err error) {
	var cases []*velocity.Case
	for _, t := range topics {
		cases = append(cases, t.Cases...)
	}
	ask := func(s vtl.Setting) ([]velocity.Outcome, error) {
		oracle, err := velocity.StartOracle(s, true)
		if err != nil {
			return nil, err
		}
		defer oracle.Close()
		return oracle.Render(cases)
	}
	var wait sync.WaitGroup
	var errStock, errGateway error
	wait.Go(func() { stock, errStock = ask(vtl.Velocity) })
	wait.Go(func() { gateway, errGateway = ask(vtl.APIGateway) })
	wait.Wait()
	if errStock != nil {
		return nil, nil, errStock
	}
	return stock, gateway, errGateway
}

func rewrite(topics []*velocity.Topic) error {
	stock, gateway, err := answers(topics)
	if err != nil {
		return err
	}
	i := 0
	for _, t := range topics {
		for _, c := range t.Cases {
			c.Velocity, c.APIGateway = &stock[i], &gateway[i]
			i++
		}
		if err := t.Save(); err != nil {
			return err
		}
	}
	return nil
}

// checkExpectations counts the expectations that differ from the real engine's outcomes.
func checkExpectations(w io.Writer, topics []*velocity.Topic) (stale int, err error) {
	stock, gateway, err := answers(topics)
	if err != nil {
		return 0, err
	}
	i := 0
	for _, t := range topics {
		for _, c := range t.Cases {
			for _, x := range []struct {
				setting vtl.Setting
				stored  *velocity.Outcome
				real    velocity.Outcome
			}{{vtl.Velocity, c.Velocity, stock[i]}, {vtl.APIGateway, c.APIGateway, gateway[i]}} {
				if x.stored == nil || !x.stored.Same(x.real) {
					stale++
					fmt.Fprintf(w, "%s/%s: the corpus expects\n  %v\nof %s, which answers\n  %v\n", t.Name, c.ID, x.stored, velocity.SettingName(x.setting), x.real)
				}
			}
			i++
		}
	}
	fmt.Fprintf(w, "Velocity 1.7: %d cases asked in both settings, %d expectations differ\n\n", i, stale)
	return stale, nil
}

// checkOurs counts the outcomes of package vtl that are not what the corpus expects.
func checkOurs(w io.Writer, topics []*velocity.Topic) (wrong int) {
	cases, table := 0, ""
	for _, t := range topics {
		bad := 0
		for _, c := range t.Cases {
			for _, m := range c.Check() {
				bad++
				fmt.Fprintf(w, "%s/%s\n", t.Name, m)
			}
		}
		cases, wrong = cases+len(t.Cases), wrong+bad
		table += fmt.Sprintf("%-22s %6d %6d\n", t.Name, len(t.Cases), bad)
	}
	fmt.Fprintf(w, "%-22s %6s %6s\n%s%-22s %6d %6d\n", "topic", "cases", "wrong", table, "all, in both settings", cases, wrong)
	return wrong
}
