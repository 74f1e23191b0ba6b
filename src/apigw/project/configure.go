package project

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"example.com/guessing-game/src/apigw/account"
	"example.com/guessing-game/src/apigw/cli"
	"example.com/guessing-game/src/apigw/samconfig"
)

// The flags of sam local start-api work under the same names, on the command line and in
// samconfig.toml, if they have a meaning here. The others are in one of two lists.
// https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-cli-command-reference-sam-local-start-api.html

// withoutEffect are flags that can be ignored silently, and why. On the command line a note says
// so, in a file only the log at debug level.
var withoutEffect = map[string]string{
	"add-host": noDocker, "container-dns": noDocker, "container-env-vars": noDocker, "container-host": noDocker, "container-host-interface": noDocker,
	"docker-volume-basedir": noDocker, "force-image-build": noDocker, "invoke-image": noDocker, "layer-cache-basedir": noDocker,
	"mount-symlinks": noDocker, "no-memory-limit": noDocker, "shutdown": noDocker, "skip-pull-image": noDocker,
	"debugger-path": "--debug-port starts the debugger that this machine has", "debug-args": "--debug-port starts the debugger that this machine has",
	"warm-containers": "functions are always kept warm", "language-extensions": "they are always read",
	"no-language-extensions": "they are read where the template names them", "beta-features": "there are none", "no-beta-features": "there are none",
	"save-params": "nothing is written into samconfig.toml",
}

const noDocker = "functions run without Docker"

// refused are flags that would change what is served, and what to do instead. In a file, which is
// sam's, they only cause a note.
var refused = map[string]string{
	"docker-network": "functions run on this machine, without containers: connect to a port that the other container publishes",
	"static-dir":     "API Gateway serves no files: use a web server for them",
	"ssl-cert-file":  noTLS, "ssl-key-file": noTLS,
	"hook-name": noTerraform, "skip-prepare-infra": noTerraform, "terraform-plan-file": noTerraform,
}

const (
	noTLS       = "apigw serves HTTP: put a proxy with the certificate in front of it"
	noTerraform = "apigw does not read Terraform: write a template of what it deploys, or pass its OpenAPI document with --openapi"
)

// switches are the flags of both lists that take no value.
var switches = []string{"beta-features", "no-beta-features", "force-image-build", "language-extensions", "no-language-extensions", "mount-symlinks", "no-memory-limit",
	"save-params", "shutdown", "skip-pull-image", "skip-prepare-infra"}

// samNames are sam's names for flags that have another name here.
var samNames = map[string]string{"template-file": "template"}

// RegisterSAM adds the flags of sam local start-api that have no use in apigw start.
func (o *Source) RegisterSAM(f *pflag.FlagSet) {
	f.String("warm-containers", "", "`MODE` EAGER or LAZY, as in sam local; here functions are always kept warm")
	f.String("docker-network", "", "`NAME` of a network, which is refused: functions run on this machine, not in containers")
	f.Bool("disable-authorizer", false, "let every request bypass every authorizer, as --authorizer '*=off' does")
	f.Bool("no-watch", false, "do not watch, as --watch=false")
	f.Bool("debug", false, "as --log-level debug")
	f.Lookup("no-watch").Hidden, f.Lookup("debug").Hidden = true, true
	for _, name := range slices.Concat(slices.Collect(maps.Keys(withoutEffect)), slices.Collect(maps.Keys(refused))) {
		if f.Lookup(name) != nil {
			continue
		}
		f.StringArray(name, nil, "")
		f.Lookup(name).Hidden = true
		if slices.Contains(switches, name) {
			f.Lookup(name).NoOptDefVal = "true"
		}
	}
}

// Configure sets the flags that are not on the command line to the values in samconfig.toml: those
// for all commands, those for a command of sam's, and those for apigw itself, the later overriding
// the earlier. Notes are shown, details are logged at debug level.
// https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-cli-config.html
func (o *Source) Configure(s *cli.System, command string) (notes, details []string, err error) {
	o.configured = true
	given := map[string]bool{}
	o.flags.Visit(func(f *pflag.Flag) { given[f.Name] = true })
	for _, name := range slices.Sorted(maps.Keys(refused)) {
		if given[name] {
			return nil, nil, cli.Usagef("--%s: %s", name, refused[name])
		}
	}
	file, values, err := o.settings(command, given["config-env"])
	if err != nil {
		return nil, nil, err
	}
	found, _ := o.find() // a missing template is reported by whoever needs it
	var taken []string
	ignored := map[string][]string{} // by the reason
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if given[name] || name == "template" && (given["openapi"] || o.Dir != "" && !isDir(o.Dir)) {
			continue
		}
		key := strings.ReplaceAll(name, "-", "_")
		f := o.flags.Lookup(name)
		switch {
		case refused[name] != "":
			notes = append(notes, fmt.Sprintf("%s in %s is ignored: %s", key, file, refused[name]))
			continue
		case withoutEffect[name] != "":
			ignored[withoutEffect[name]] = append(ignored[withoutEffect[name]], key)
			continue
		case f == nil && values[name].section != "global" && command == "local_start_api" && o.flags.Lookup("warm-containers") != nil:
			notes = append(notes, fmt.Sprintf("%s in %s is ignored: apigw start has no such flag", key, file))
			continue
		case f == nil || name == "debug":
			continue // of another command
		}
		texts, err := samconfig.Texts(values[name].value, f)
		if name == "profile" && err == nil && len(texts) == 1 {
			if err := account.CheckProfile(context.Background(), texts[0]); err != nil {
				notes = append(notes, fmt.Sprintf("profile %s in %s is ignored: %v", texts[0], file, err))
				continue
			}
		}
		for _, text := range texts {
			if slices.Contains([]string{"template", "env-vars", "openapi"}, name) && !filepath.IsAbs(text) {
				text = filepath.Join(filepath.Dir(file), text)
			}
			if err == nil {
				err = o.flags.Set(name, text)
			}
		}
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %s: %w", file, key, err)
		}
		if f.Value.String() != f.DefValue && !(name == "template" && f.Value.String() == found) {
			taken = append(taken, "--"+name)
		}
	}
	if len(taken) > 0 {
		notes = append(notes, fmt.Sprintf("%s: from %s", strings.Join(taken, ", "), file))
	}
	for _, why := range slices.Sorted(maps.Keys(ignored)) {
		details = append(details, fmt.Sprintf("%s in %s: changes nothing, since %s", strings.Join(ignored[why], ", "), file, why))
	}
	more, err := o.meaning(s, given)
	return append(notes, more...), details, err
}

// setValue is a value in samconfig.toml and its section.
type setValue struct {
	section string
	value   any
}

// configFiles are tried in this order, as sam does.
var configFiles = []string{"samconfig.toml", "samconfig.yaml", "samconfig.yml"}

// settings are a command's settings in the configuration file, by the names of flags.
func (o *Source) settings(command string, mustHave bool) (file string, values map[string]setValue, err error) {
	file = o.configFile
	switch {
	case file == "":
		file = filepath.Join(o.folder(), configFiles[0])
		for _, name := range configFiles {
			if at := filepath.Join(o.folder(), name); exists(at) {
				file = at
				break
			}
		}
	case !filepath.IsAbs(file) && !exists(file): // sam looks next to the template
		file = filepath.Join(o.folder(), file)
	}
	config, err := samconfig.Read(file)
	switch {
	case errors.Is(err, fs.ErrNotExist) && o.configFile == "" && !mustHave:
		return file, nil, nil
	case errors.Is(err, fs.ErrNotExist) && o.configFile != "":
		return "", nil, cli.Usagef("--config-file %s: there is no such file", o.configFile)
	case err != nil:
		return "", nil, err
	}
	environment, ok := config[o.configEnv].(map[string]any)
	if !ok && mustHave {
		has := slices.DeleteFunc(slices.Sorted(maps.Keys(config)), func(name string) bool { _, ok := config[name].(map[string]any); return !ok })
		return "", nil, cli.Usagef("--config-env %s: %s has no such section; it has %s", o.configEnv, file, cmp.Or(strings.Join(has, ", "), "none"))
	}
	values = map[string]setValue{}
	for _, section := range []string{"global", command, "apigw"} {
		parameters, _ := environment[section].(map[string]any)
		settings, _ := parameters["parameters"].(map[string]any)
		for key, value := range settings {
			name := strings.ReplaceAll(key, "_", "-")
			values[cmp.Or(samNames[name], name)] = setValue{section, value}
		}
	}
	return file, values, nil
}

// meaning applies the flags of sam local that have another meaning here.
func (o *Source) meaning(s *cli.System, given map[string]bool) (notes []string, err error) {
	value := func(name string) string {
		if f := o.flags.Lookup(name); f != nil && f.Changed {
			return f.Value.String()
		}
		return ""
	}
	if warm := value("warm-containers"); warm != "" && !slices.Contains([]string{"EAGER", "LAZY"}, strings.ToUpper(warm)) {
		return nil, cli.Usagef("--warm-containers %q: it must be EAGER or LAZY", warm)
	}
	without := map[string][]string{} // by the reason
	for _, name := range slices.Sorted(maps.Keys(withoutEffect)) {
		if given[name] {
			without[withoutEffect[name]] = append(without[withoutEffect[name]], "--"+name)
		}
	}
	for _, why := range slices.Sorted(maps.Keys(without)) {
		notes = append(notes, fmt.Sprintf("%s: changes nothing, since %s", strings.Join(without[why], ", "), why))
	}
	if value("disable-authorizer") == "true" {
		o.authorizers = append(o.authorizers, "*=off")
	}
	for _, same := range []struct{ name, value, as, to string }{{"no-watch", "true", "watch", "false"}, {"debug", "true", "log-level", "debug"}} {
		if value(same.name) == same.value && !given[same.as] {
			if err := o.flags.Set(same.as, same.to); err != nil {
				return nil, err
			}
		}
	}
	if profile := value("profile"); profile != "" {
		if err := account.CheckProfile(context.Background(), profile); err != nil {
			return nil, cli.Usagef("--profile %s: %v", profile, err)
		}
		s.UseProfile(profile)
	}
	return notes, nil
}

// folder returns the folder of the template and its settings.
func (o *Source) folder() string {
	switch {
	case o.Dir != "" && isDir(o.Dir):
		return o.Dir
	case o.Dir != "":
		return filepath.Dir(o.Dir)
	case o.template != "":
		return filepath.Dir(o.template)
	}
	return "."
}

func isDir(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}
