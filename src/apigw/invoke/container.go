package invoke

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// removeTime is how long it may take to remove a container.
const removeTime = 5 * time.Second

// containerName names the container of an environment, so that it can be removed whatever happened
// to the process that started it.
func (e *environment) containerName() string {
	return strings.ToLower(fmt.Sprintf("apigw-%s-%d-%d", e.host.cfg.Name, os.Getpid(), e.serial))
}

// containerCommand is the Command for one environment. The variables are passed on by name, so that
// no value appears in the list of processes; those of this machine, such as PATH, are not passed
// on.
func (c *Config) containerCommand(name string, env []string) []string {
	var options []string
	for _, kv := range env {
		variable, _, _ := strings.Cut(kv, "=")
		_, own := c.Env[variable]
		if !own && (slices.Contains(passedOn, variable) || ofTheImage(variable)) {
			continue
		}
		options = append(options, "--env", variable)
	}
	var all []string
	for _, word := range c.Command {
		if word == "{env}" {
			all = append(all, options...)
			continue
		}
		all = append(all, strings.ReplaceAll(word, "{name}", name))
	}
	return all
}

// ofTheImage reports whether an image sets a variable itself.
func ofTheImage(variable string) bool {
	return variable == "LAMBDA_TASK_ROOT" || variable == "LAMBDA_RUNTIME_DIR" || variable == "LANG" ||
		slices.ContainsFunc([]string{"DOCKER_", "PYENV_", "RBENV_", "NVM_", "ASDF_"}, func(prefix string) bool { return strings.HasPrefix(variable, prefix) })
}

// removeContainer removes the container of an environment, if there is one left.
func (e *environment) removeContainer() {
	if len(e.host.cfg.Remove) == 0 {
		return
	}
	var words []string
	for _, word := range e.host.cfg.Remove {
		words = append(words, strings.ReplaceAll(word, "{name}", e.containerName()))
	}
	ctx, cancel := context.WithTimeout(context.Background(), removeTime)
	defer cancel()
	exec.CommandContext(ctx, words[0], words[1:]...).Run() // usually it has already gone, which is an error here
}
