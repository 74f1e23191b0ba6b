package main

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"example.com/guessing-game/src/apigw/cli"
)

// Help fits into 100 columns; every flag is listed with the name of its value, and all flags of
// start are in groups.
func TestHelp(t *testing.T) {
	t.Parallel()
	var commands func(c *cobra.Command) []*cobra.Command
	commands = func(c *cobra.Command) []*cobra.Command {
		all := []*cobra.Command{c}
		for _, sub := range c.Commands() {
			all = append(all, commands(sub)...)
		}
		return all
	}
	for _, c := range commands(newRoot(&cli.System{Stdout: io.Discard, Stderr: io.Discard})) {
		var out bytes.Buffer
		args := append(strings.Fields(strings.TrimPrefix(c.CommandPath(), "apigw")), "--help")
		if code := run(t.Context(), args, &cli.System{Stdout: &out, Stderr: io.Discard}); code != 0 {
			t.Errorf("%v: exit status %d", args, code)
		}
		text := out.String()
		for line := range strings.Lines(text) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > cli.MaxHelpWidth {
				t.Errorf("%v: %d columns: %s", args, n, line)
			}
		}
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if value, _ := pflag.UnquoteUsage(f); !f.Hidden && value != "" && value != strings.ToUpper(value) && !strings.ContainsAny(value, "=:") {
				t.Errorf("%v: --%s has no name of its value but %q", args, f.Name, value)
			}
			if n := strings.Count(text, " --"+f.Name+" ") + strings.Count(text, " --"+f.Name+"\n"); n == 0 && !f.Hidden {
				t.Errorf("%v does not list --%s", args, f.Name)
			}
			if c.Name() == "start" && !f.Hidden && f.Name != "help" && !slices.ContainsFunc(flagGroups, func(g cli.FlagGroup) bool { return slices.Contains(g.Names, f.Name) }) {
				t.Errorf("--%s is in no group", f.Name)
			}
		})
	}
}
