package invoke

import (
	"cmp"
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"example.com/guessing-game/src/apigw/reserved"
)

// passedOn are the variables of the parent that a function's process inherits: what programs need
// to start at all, and what they need to reach AWS or a local stand-in for it. Nothing else is
// inherited, so that a variable that the template lacks is missing here too and not only after the
// deployment.
var passedOn = []string{
	"PATH", "HOME", "USER", "LOGNAME", "SHELL", "TMPDIR", "TMP", "TEMP", "SYSTEMROOT",
	"SSL_CERT_FILE", "SSL_CERT_DIR", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
	"LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "JAVA_HOME", "NODE_PATH", "VIRTUAL_ENV", "PYTHONPATH", "GEM_PATH", "DOTNET_ROOT",
	"GOCOVERDIR",
}

// passedOnPrefixes name whole families of variables that a process inherits.
var passedOnPrefixes = []string{"AWS_", "LC_", "PYENV_", "RBENV_", "NVM_", "ASDF_"}

// keptBack are variables with those prefixes that belong to another environment: this program may
// itself run inside Lambda. The format and level of the log are passed on.
func keptBack(name string) bool {
	return strings.HasPrefix(name, "AWS_LAMBDA_") && name != "AWS_LAMBDA_LOG_FORMAT" && name != "AWS_LAMBDA_LOG_LEVEL" || name == "AWS_EXECUTION_ENV"
}

// checkEnv rejects what CloudFormation rejects in Environment.Variables.
func checkEnv(vars map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		if reserved.Variable(name) {
			return fmt.Errorf("environment variable %s is reserved by Lambda and cannot be configured", name)
		}
		if name == "" || strings.ContainsAny(name, "=\x00") || strings.Contains(vars[name], "\x00") {
			return fmt.Errorf("environment variable %q: a name cannot contain '=', and neither name nor value a NUL byte", name)
		}
	}
	return nil
}

// environ makes the environment of a process: what is passed on from the parent, then
// what Lambda sets, then the function's own variables.
func (c *Config) environ(runtimeAPI, logStream string) []string {
	vars := map[string]string{}
	for _, kv := range c.Environ {
		name, value, _ := strings.Cut(kv, "=")
		if slices.Contains(passedOn, name) || c.Container && strings.HasPrefix(name, "DOCKER_") || !keptBack(name) && slices.ContainsFunc(passedOnPrefixes, func(p string) bool { return strings.HasPrefix(name, p) }) {
			vars[name] = value
		}
	}
	if !hasCredentials(vars) {
		// The SDKs sign requests even to local endpoints, and fail without keys. They need not
		// look for any in EC2's metadata.
		vars["AWS_ACCESS_KEY_ID"], vars["AWS_SECRET_ACCESS_KEY"] = "local", "local"
		vars["AWS_EC2_METADATA_DISABLED"] = "true"
	}
	for name, value := range map[string]string{"AWS_LAMBDA_LOG_FORMAT": c.LogFormat, "AWS_LAMBDA_LOG_LEVEL": c.LogLevel} {
		if vars[name] == "" && value != "" {
			vars[name] = value
		}
	}
	maps.Copy(vars, map[string]string{
		"AWS_LAMBDA_FUNCTION_NAME":        c.Name,
		"AWS_LAMBDA_FUNCTION_VERSION":     latest,
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": strconv.Itoa(c.MemorySizeMB),
		"AWS_LAMBDA_INITIALIZATION_TYPE":  "on-demand",
		"AWS_LAMBDA_LOG_GROUP_NAME":       cmp.Or(c.LogGroup, "/aws/lambda/"+c.Name),
		"AWS_LAMBDA_LOG_STREAM_NAME":      logStream,
		"AWS_LAMBDA_RUNTIME_API":          runtimeAPI,
		"AWS_REGION":                      c.Region,
		"AWS_DEFAULT_REGION":              c.Region,
		"AWS_SAM_LOCAL":                   "true", // from which libraries choose local endpoints
		"AWS_XRAY_CONTEXT_MISSING":        "LOG_ERROR",
		"LAMBDA_RUNTIME_DIR":              "/var/runtime",
		"LAMBDA_TASK_ROOT":                c.taskRoot(),
		"LANG":                            "en_US.UTF-8",
		"TZ":                              ":UTC",
		"_HANDLER":                        c.Handler,
	})
	if host, port, err := net.SplitHostPort(c.XRayAddress); err == nil {
		vars["AWS_XRAY_DAEMON_ADDRESS"] = c.XRayAddress
		vars["_AWS_XRAY_DAEMON_ADDRESS"], vars["_AWS_XRAY_DAEMON_PORT"] = host, port
	}
	if c.Runtime != "" {
		vars["AWS_EXECUTION_ENV"] = "AWS_Lambda_" + c.Runtime
	}
	maps.Copy(vars, c.RuntimeEnv)
	for name, value := range c.Env {
		if own := c.RuntimeEnv[name]; own != "" && slices.Contains(searchPaths, name) {
			value += string(os.PathListSeparator) + own
		}
		vars[name] = value
	}
	env := make([]string, 0, len(vars))
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		env = append(env, name+"="+vars[name])
	}
	return env
}

// taskRoot is where the function's files are: the directory it runs in.
func (c *Config) taskRoot() string {
	if dir, err := filepath.Abs(c.Dir); err == nil {
		return dir
	}
	return c.Dir
}

// searchPaths are the variables that hold lists of folders.
var searchPaths = []string{"PATH", "LD_LIBRARY_PATH", "PYTHONPATH", "NODE_PATH", "GEM_PATH", "RUBYLIB", "CLASSPATH"}

// HasCredentials reports whether an AWS SDK would find credentials in an environment, a list of
// NAME=VALUE.
func HasCredentials(environ []string) bool {
	vars := map[string]string{}
	for _, kv := range environ {
		name, value, _ := strings.Cut(kv, "=")
		vars[name] = value
	}
	return hasCredentials(vars)
}

// hasCredentials reports whether an AWS SDK would find credentials in these variables.
func hasCredentials(vars map[string]string) bool {
	for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE",
		"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"} {
		if vars[name] != "" {
			return true
		}
	}
	file := vars["AWS_SHARED_CREDENTIALS_FILE"]
	if file == "" {
		file = filepath.Join(vars["HOME"], ".aws", "credentials")
	}
	_, err := os.Stat(file)
	return err == nil
}
