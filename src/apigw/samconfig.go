package main

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// The flags of sam local work under the same names, on the command line and in samconfig.toml, if
// they mean something here.

// withoutDocker are flags of sam local that are about containers, of which there are none here: they change nothing, which a note says.
var withoutDocker = []string{
	"add-host", "container-env-vars", "container-host", "container-host-interface", "docker-volume-basedir", "force-image-build",
	"invoke-image", "layer-cache-basedir", "mount-symlinks", "no-memory-limit", "shutdown", "skip-pull-image", "hook-name",
	"skip-prepare-infra", "terraform-plan-file",
}

// unused are flags of sam's that have nothing to do with serving an API.
var unused = []string{"beta-features", "stack-name", "debug", "s3-bucket", "s3-prefix"}

// samNames are names of sam's for flags that have another name here.
var samNames = map[string]string{"template-file": "template"}

// registerSAM adds the flags of sam local start-api that apigw start has no use for.
func registerSAM(f *pflag.FlagSet) {
	f.String("warm-containers", "", "`MODE` EAGER or LAZY, as in sam local; here functions are always kept warm")
	f.String("docker-network", "", "`NAME` of a network, which is refused: functions run on this machine, not in containers")
	f.Bool("disable-authorizer", false, "let every request bypass every authorizer, as --authorizer '*=off' does")
	for _, name := range append(slices.Clone(withoutDocker), unused...) {
		f.String(name, "", "")
		f.Lookup(name).NoOptDefVal = "true"
		f.Lookup(name).Hidden = true
	}
}

// configure sets the flags that the command line does not give to the values of samconfig.toml: those of all commands, those of a
// command of sam's, and those of apigw itself, the later over the earlier. The notes are for people.
// https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-cli-config.html
func (o *source) configure(cmd *cobra.Command, command string) (notes []string, err error) {
	given := map[string]bool{}
	cmd.Flags().Visit(func(f *pflag.Flag) { given[f.Name] = true })
	file := o.configFile
	if file == "" {
		file = filepath.Join(o.folder(), "samconfig.toml")
	}
	var config map[string]any
	_, err = toml.DecodeFile(file, &config)
	switch {
	case errors.Is(err, fs.ErrNotExist) && o.configFile == "" && !given["config-env"]:
		return o.meaning(cmd, given)
	case err != nil:
		var p toml.ParseError
		if errors.As(err, &p) {
			return nil, fmt.Errorf("%s:%d:%d: not valid TOML: %s", file, p.Position.Line, p.Position.Col, p.Message)
		}
		return nil, fmt.Errorf("%s: %w", file, reason(err))
	}
	environment, ok := config[o.configEnv].(map[string]any)
	if !ok && given["config-env"] {
		return nil, usagef("--config-env %s: %s has no such section", o.configEnv, file)
	}
	values := map[string]any{}
	for _, section := range []string{"global", command, "apigw"} {
		parameters, _ := environment[section].(map[string]any)
		settings, _ := parameters["parameters"].(map[string]any)
		for key, value := range settings {
			name := strings.ReplaceAll(key, "_", "-")
			if other := samNames[name]; other != "" {
				name = other
			}
			values[name] = value
		}
	}
	var taken, ignored []string
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if given[name] || name == "template" && (given["openapi"] || o.dir != "" && !isDir(o.dir)) {
			continue
		}
		f := cmd.Flags().Lookup(name)
		if f == nil || f.Hidden {
			if slices.Contains(withoutDocker, name) {
				ignored = append(ignored, strings.ReplaceAll(name, "-", "_"))
			}
			continue // of sam alone, or of another command
		}
		for _, text := range setting(values[name], f) {
			if (name == "template" || name == "env-vars" || name == "openapi") && !filepath.IsAbs(text) {
				text = filepath.Join(filepath.Dir(file), text)
			}
			if err := cmd.Flags().Set(name, text); err != nil {
				return nil, fmt.Errorf("%s: %s: %w", file, strings.ReplaceAll(name, "-", "_"), err)
			}
		}
		taken = append(taken, "--"+name)
	}
	if len(taken) > 0 {
		notes = append(notes, fmt.Sprintf("%s: from %s", strings.Join(taken, ", "), file))
	}
	more, err := o.meaning(cmd, given)
	if len(ignored) > 0 {
		notes = append(notes, fmt.Sprintf("%s in %s: changes nothing, since functions run without Docker", strings.Join(ignored, ", "), file))
	}
	return append(notes, more...), err
}

// setting is a value of samconfig.toml as a flag takes it: lists are given element by element.
func setting(value any, f *pflag.Flag) []string {
	list, ok := value.([]any)
	if !ok {
		return []string{fmt.Sprint(value)}
	}
	var all []string
	for _, e := range list {
		all = append(all, fmt.Sprint(e))
	}
	if f.Value.Type() == "string" {
		return []string{strings.Join(all, " ")}
	}
	return all
}

// meaning acts on the flags of sam local that mean something else here.
func (o *source) meaning(cmd *cobra.Command, given map[string]bool) (notes []string, err error) {
	value := func(name string) string {
		if f := cmd.Flags().Lookup(name); f != nil && f.Changed {
			return f.Value.String()
		}
		return ""
	}
	if network := value("docker-network"); network != "" {
		const why = "functions run on this machine, without containers: reach what listens in the network by a port that it publishes"
		if given["docker-network"] {
			return nil, usagef("--docker-network %s: %s", network, why)
		}
		notes = append(notes, "docker_network "+network+" is ignored: "+why)
	}
	if warm := value("warm-containers"); warm != "" {
		if !slices.Contains([]string{"EAGER", "LAZY"}, strings.ToUpper(warm)) {
			return nil, usagef("--warm-containers %q: it must be EAGER or LAZY", warm)
		}
		if given["warm-containers"] {
			notes = append(notes, "--warm-containers: functions are always kept warm here")
		}
	}
	var without []string
	for _, name := range withoutDocker {
		if given[name] {
			without = append(without, "--"+name)
		}
	}
	if len(without) > 0 {
		notes = append(notes, fmt.Sprintf("%s: changes nothing, since functions run without Docker", strings.Join(without, ", ")))
	}
	if value("disable-authorizer") == "true" {
		o.authorizers = append(o.authorizers, "*=off")
	}
	return notes, nil
}

// folder is where the template and its settings are.
func (o *source) folder() string {
	switch {
	case o.dir != "" && isDir(o.dir):
		return o.dir
	case o.dir != "":
		return filepath.Dir(o.dir)
	case o.template != "":
		return filepath.Dir(o.template)
	}
	return "."
}

func isDir(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}
