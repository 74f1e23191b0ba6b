package runtimes

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os/exec"
	"slices"
	"strconv"
	"strings"

	"example.com/guessing-game/src/apigw/invoke"
	"example.com/guessing-game/src/apigw/sam"
)

// Debug says which function to start under a debugger, which waits on a port of this machine
// until a client attaches.
type Debug struct {
	Function string // logical ID
	Port     int
}

// attach makes the command of the function to debug wait for a debugger.
func (d *Debug) attach(fn *sam.Function, l *Launch, kind string) error {
	if d == nil || d.Function != fn.ID {
		return nil
	}
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(d.Port))
	configuration := map[string]any{"name": fn.ID, "request": "attach"}
	switch {
	case kind == "python":
		python := l.Command[0]
		ctx, cancel := context.WithTimeout(context.Background(), askTime)
		defer cancel()
		if invoke.Run(ctx, exec.Command(python, "-c", "import debugpy")) != nil {
			return missing("run "+pasted(python, "-m", "pip", "install", "debugpy"), "debugpy is not installed")
		}
		l.Command = slices.Concat([]string{python, "-u", "-Xfrozen_modules=off", "-m", "debugpy", "--listen", address, "--wait-for-client"}, l.Command[2:])
		configuration["type"], configuration["connect"] = "debugpy", map[string]any{"host": "127.0.0.1", "port": d.Port}
		configuration["justMyCode"] = false
	case kind == "nodejs":
		l.Command = slices.Insert(l.Command, 1, "--inspect-brk="+address)
		configuration["type"], configuration["address"], configuration["port"] = "node", "127.0.0.1", d.Port
		configuration["continueOnAttach"] = true
	case kind == "java":
		l.Command = slices.Insert(l.Command, 1, "-agentlib:jdwp=transport=dt_socket,server=y,suspend=y,quiet=y,address="+address)
		configuration["type"], configuration["hostName"], configuration["port"] = "java", "127.0.0.1", d.Port
	case kind == "go" || kind == "provided" && l.golang:
		dlv, err := exec.LookPath("dlv")
		if err != nil {
			return missing("run go install github.com/go-delve/delve/cmd/dlv@latest", "Delve (dlv) is not on the path")
		}
		l.Command = slices.Concat([]string{dlv, "exec", "--headless", "--listen=" + address, "--api-version=2", "--accept-multiclient", "--log-dest=/dev/null"}, l.Command)
		configuration["type"], configuration["mode"], configuration["host"], configuration["port"] = "go", "remote", "127.0.0.1", d.Port
	default:
		return missing("start it with --function "+fn.ID+"=COMMAND", "%s functions have no debugger here", fn.Runtime)
	}
	text, err := json.Marshal(configuration)
	if err != nil {
		return err
	}
	l.Debug = string(text)
	l.How = fmt.Sprintf("%s, waits for a debugger on %s", strings.TrimSuffix(l.How, "/"), address)
	return nil
}
