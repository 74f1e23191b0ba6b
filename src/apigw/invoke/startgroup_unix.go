//go:build unix && !linux

package invoke

import "os/exec"

// startGroup starts the process of a group.
func startGroup(cmd *exec.Cmd) error { return cmd.Start() }
