package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"example.com/guessing-game/src/apigw/console"
	"example.com/guessing-game/src/apigw/document"
)

// MaxHelpWidth is the greatest width of help, in columns.
const MaxHelpWidth = 100

// FlagGroup is a group in which help lists flags.
type FlagGroup struct {
	Title string
	Names []string
}

// grouped reports whether a command has so many flags that help lists them in groups.
func grouped(cmd *cobra.Command) bool {
	n := 0
	cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			n++
		}
	})
	return n > 12
}

// Help writes the help of a command, with its flags in groups if it has many; flags of no group
// come first.
func Help(s *System, cmd *cobra.Command, flagGroups []FlagGroup) {
	c := s.Console(s.Stdout)
	width := min(c.Width, MaxHelpWidth)
	title := func(text string) { fmt.Fprintf(s.Stdout, "\n%s\n", c.Paint(console.Bold, text)) }
	text := cmd.Long
	if text == "" {
		text = cmd.Short + "."
	}
	fmt.Fprintln(s.Stdout, console.Wrapped(text, width))
	title("Usage")
	for use := range strings.SplitSeq(cmd.Use, " | ") {
		name := strings.TrimPrefix(use, cmd.Name())
		if cmd.HasAvailableSubCommands() {
			name += " COMMAND"
		}
		fmt.Fprintf(s.Stdout, "  %s%s [flags]\n", cmd.CommandPath(), name)
	}
	if cmd.HasAvailableSubCommands() {
		title("Commands")
		for _, sub := range cmd.Commands() {
			if sub.IsAvailableCommand() {
				fmt.Fprintf(s.Stdout, "  %-11s %s\n", sub.Name(), sub.Short)
			}
		}
	}
	if cmd.Example != "" {
		title("Examples")
		fmt.Fprintln(s.Stdout, cmd.Example)
	}
	all, seen := cmd.LocalFlags(), map[string]bool{}
	flags := func(name string, some []*pflag.Flag) {
		set := pflag.NewFlagSet("", pflag.ContinueOnError)
		set.SortFlags = false
		for _, f := range some {
			set.AddFlag(f)
		}
		if set.HasAvailableFlags() {
			title(name)
			fmt.Fprint(s.Stdout, set.FlagUsagesWrapped(width))
		}
	}
	group := func(names []string) (some []*pflag.Flag) {
		for _, name := range names {
			if f := all.Lookup(name); f != nil && !seen[name] {
				seen[name], some = true, append(some, f)
			}
		}
		return some
	}
	var groups [][]*pflag.Flag
	for _, g := range flagGroups {
		if !grouped(cmd) {
			g.Names = nil
		}
		groups = append(groups, group(g.Names))
	}
	var rest []string
	all.VisitAll(func(f *pflag.Flag) { rest = append(rest, f.Name) })
	flags("Flags", group(rest))
	for i, g := range flagGroups {
		flags(g.Title, groups[i])
	}
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(s.Stdout, "\n%s COMMAND --help says more about a command.\n", cmd.CommandPath())
	}
}

// Takes rejects too few or too many arguments.
func Takes(least, most int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		use := cmd.CommandPath() + strings.TrimPrefix(cmd.Use, cmd.Name())
		switch {
		case len(args) < least:
			return Usagef("an argument is missing: %s", use)
		case len(args) > most:
			return Usagef("%q is one argument too many: %s", args[most], use)
		}
		return nil
	}
}

// OneOf has shells complete the values of a flag.
func OneOf(cmd *cobra.Command, flag string, values ...string) {
	if err := cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)); err != nil {
		panic(err) // there is no such flag
	}
}

// Many is the number of arguments of a command that takes any number.
const Many = 1 << 20

// UnknownCommand rejects an unknown command.
func UnknownCommand(root *cobra.Command, args []string) error {
	text := fmt.Sprintf("there is no command %q", args[0])
	if near := root.SuggestionsFor(args[0]); len(near) > 0 {
		slices.Sort(near)
		text += "; is it " + strings.Join(near, " or ") + "?"
	}
	return Usagef("%s", text)
}

// farthestFlag is the greatest edit distance of a flag that is suggested.
const farthestFlag = 2

// FlagError words a mistake in a flag.
func FlagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	var missing *pflag.ValueRequiredError
	var invalid *pflag.InvalidValueError
	switch {
	case errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() != "":
		return Usagef("there is no flag -%s", unknown.GetSpecifiedName())
	case errors.As(err, &unknown):
		text, least := "there is no flag --"+unknown.GetSpecifiedName(), farthestFlag+1
		like := ""
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if d := levenshtein.ComputeDistance(f.Name, unknown.GetSpecifiedName()); d < least && !f.Hidden {
				like, least = f.Name, d
			}
		})
		if like != "" {
			text += "; is it --" + like + "?"
		}
		return Usagef("%s", text)
	case errors.As(err, &missing):
		value, _ := pflag.UnquoteUsage(missing.GetFlag())
		return Usagef("--%s has no value: --%s %s", missing.GetFlag().Name, missing.GetFlag().Name, value)
	case errors.As(err, &invalid):
		form := map[string]string{
			"int": "a whole number", "bool": "true or false", "duration": "a duration such as 90s or 1h30m", "stringToString": "of the form NAME=VALUE",
		}[invalid.GetFlag().Value.Type()]
		if form != "" {
			return Usagef("--%s %q: it must be %s", invalid.GetFlag().Name, invalid.GetValue(), form)
		}
	}
	return Usage(err)
}

// Message is an error for a person: without the names of system calls.
func Message(err error) string {
	text := err.Error()
	if p := (*fs.PathError)(nil); errors.As(err, &p) {
		text = strings.Replace(text, p.Error(), p.Path+": "+document.Reason(p.Err), 1)
	}
	return text
}
