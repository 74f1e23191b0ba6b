package runtimes

import (
	"context"
	"os/exec"

	"example.com/guessing-game/src/apigw/invoke"
)

// maxOutput bounds what is kept of a program's output. What a build says last says why it failed.
const maxOutput = 1 << 20

// tail is the end of what is written to it.
type tail struct{ kept []byte }

func (t *tail) Write(p []byte) (int, error) {
	t.kept = append(t.kept, p...)
	if len(t.kept) > 2*maxOutput {
		t.kept = append(t.kept[:0], t.kept[len(t.kept)-maxOutput:]...)
	}
	return len(p), nil
}

func (t *tail) bytes() []byte { return t.kept[max(0, len(t.kept)-maxOutput):] }

// output runs a program and returns its output, or the end of that.
func output(ctx context.Context, cmd *exec.Cmd) ([]byte, error) {
	var out tail
	cmd.Stdout = &out
	err := invoke.Run(ctx, cmd)
	return out.bytes(), err
}

// combined is output with what the program writes to standard error.
func combined(ctx context.Context, cmd *exec.Cmd) ([]byte, error) {
	var out tail
	cmd.Stdout, cmd.Stderr = &out, &out
	err := invoke.Run(ctx, cmd)
	return out.bytes(), err
}
