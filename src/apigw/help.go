package main

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

// maxHelpWidth is the greatest width of help, in columns.
const maxHelpWidth = 100

// flagGroups are the groups in which help lists flags; flags of no group come first.
var flagGroups = []flagGroup{
	{"Template and values", []string{"template", "openapi", "api", "stage", "stage-variables", "parameter-overrides", "import", "env-vars", "region", "account", "profile",
		"lenient", "allow-outside", "config-file", "config-env"}},
	{"Functions", []string{"function", "lambda-endpoint", "no-install", "concurrency", "throttle", "cpu-share", "debug-port", "debug-function", "watch"}},
	{"Services", []string{"endpoint", "aws", "create", "no-stand-in"}},
	{"Access", []string{"authorizer", "disable-authorizer", "iam-user", "api-key", "no-throttling", "cache-invalidation", "strict-paths"}},
	{"Ports", []string{"port", "host", "lambda-port", "lambda-host", "trace-port", "trace-host", "xray-port", "xray-host"}},
	{"Log", []string{"log-level", "log-file", "platform-logs", "mask", "show-secrets"}},
	{"As in sam local", []string{"warm-containers", "docker-network"}},
}

type flagGroup struct {
	title string
	names []string
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

// help writes the help of a command.
func help(s *system, cmd *cobra.Command) {
	c := s.console(s.stdout)
	width := min(c.Width, maxHelpWidth)
	title := func(text string) { fmt.Fprintf(s.stdout, "\n%s\n", c.Paint(console.Bold, text)) }
	text := cmd.Long
	if text == "" {
		text = cmd.Short + "."
	}
	fmt.Fprintln(s.stdout, console.Wrapped(text, width))
	title("Usage")
	for use := range strings.SplitSeq(cmd.Use, " | ") {
		name := strings.TrimPrefix(use, cmd.Name())
		if cmd.HasAvailableSubCommands() {
			name += " COMMAND"
		}
		fmt.Fprintf(s.stdout, "  %s%s [flags]\n", cmd.CommandPath(), name)
	}
	if cmd.HasAvailableSubCommands() {
		title("Commands")
		for _, sub := range cmd.Commands() {
			if sub.IsAvailableCommand() {
				fmt.Fprintf(s.stdout, "  %-11s %s\n", sub.Name(), sub.Short)
			}
		}
	}
	if cmd.Example != "" {
		title("Examples")
		fmt.Fprintln(s.stdout, cmd.Example)
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
			fmt.Fprint(s.stdout, set.FlagUsagesWrapped(width))
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
			g.names = nil
		}
		groups = append(groups, group(g.names))
	}
	var rest []string
	all.VisitAll(func(f *pflag.Flag) { rest = append(rest, f.Name) })
	flags("Flags", group(rest))
	for i, g := range flagGroups {
		flags(g.title, groups[i])
	}
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(s.stdout, "\n%s COMMAND --help says more about a command.\n", cmd.CommandPath())
	}
}

// takes rejects too few or too many arguments.
func takes(least, most int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		use := cmd.CommandPath() + strings.TrimPrefix(cmd.Use, cmd.Name())
		switch {
		case len(args) < least:
			return usagef("an argument is missing: %s", use)
		case len(args) > most:
			return usagef("%q is one argument too many: %s", args[most], use)
		}
		return nil
	}
}

// oneOf has shells complete the values of a flag.
func oneOf(cmd *cobra.Command, flag string, values ...string) {
	if err := cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)); err != nil {
		panic(err) // there is no such flag
	}
}

// many is the number of arguments of a command that takes any number.
const many = 1 << 20

// unknownCommand rejects an unknown command.
func unknownCommand(root *cobra.Command, args []string) error {
	text := fmt.Sprintf("there is no command %q", args[0])
	if near := root.SuggestionsFor(args[0]); len(near) > 0 {
		slices.Sort(near)
		text += "; is it " + strings.Join(near, " or ") + "?"
	}
	return usagef("%s", text)
}

// farthestFlag is the greatest edit distance of a flag that is suggested.
const farthestFlag = 2

// flagError words a mistake in a flag.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	var missing *pflag.ValueRequiredError
	var invalid *pflag.InvalidValueError
	switch {
	case errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() != "":
		return usagef("there is no flag -%s", unknown.GetSpecifiedName())
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
		return usagef("%s", text)
	case errors.As(err, &missing):
		value, _ := pflag.UnquoteUsage(missing.GetFlag())
		return usagef("--%s has no value: --%s %s", missing.GetFlag().Name, missing.GetFlag().Name, value)
	case errors.As(err, &invalid):
		form := map[string]string{
			"int": "a whole number", "bool": "true or false", "duration": "a duration such as 90s or 1h30m", "stringToString": "of the form NAME=VALUE",
		}[invalid.GetFlag().Value.Type()]
		if form != "" {
			return usagef("--%s %q: it must be %s", invalid.GetFlag().Name, invalid.GetValue(), form)
		}
	}
	return usageError{err}
}

// message is an error for a person: without the names of system calls.
func message(err error) string {
	text := err.Error()
	if p := (*fs.PathError)(nil); errors.As(err, &p) {
		text = strings.Replace(text, p.Error(), p.Path+": "+document.Reason(p.Err), 1)
	}
	return text
}
