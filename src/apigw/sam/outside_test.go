//go:build unix

package sam

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// Only regular files are read, and none outside the template's repository unless that is allowed.
func TestFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) string {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return name
	}
	template := func(uri string) string {
		return "Resources: {A: {Type: AWS::Serverless::Api, Properties: {StageName: p, DefinitionUri: '" + uri + "'}}}"
	}
	write("secret.yaml", "{paths: {}}")
	write("repository/.git", "")
	write("repository/api/api.yaml", "{paths: {}}")
	if err := os.Symlink(filepath.Join(dir, "secret.yaml"), filepath.Join(dir, "repository", "link.yaml")); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "repository", "pipe.yaml"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		uri, want string
		outside   bool
	}{
		{uri: "../api/api.yaml"},
		{uri: "../../secret.yaml", want: "secret.yaml is outside the template's repository (--allow-outside reads it all the same)"},
		{uri: "../link.yaml", want: "link.yaml is outside the template's repository"},
		{uri: "../../secret.yaml", outside: true},
		{uri: "../pipe.yaml", want: "cannot be read: is not a regular file"},
		{uri: "/dev/zero", outside: true, want: "/dev/zero cannot be read: is not a regular file"},
	} {
		name := write("repository/sam/template.yaml", template(c.uri))
		_, err := Read(name, Options{AllowOutside: c.outside})
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: got %v, want %s", c.uri, err, c.want)
		}
	}
}
