//go:build unix

package standin

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// moto does not check its clients. It listens where neither web pages nor other users can reach it,
// and leaves nothing behind.
func TestNobodyElseReachesMoto(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	s := listen(t, true)
	ask(t, s, "s3", "")
	sockets, err := filepath.Glob(filepath.Join(os.Getenv("TMPDIR"), "*", "socket"))
	if err != nil || len(sockets) != 1 {
		t.Fatalf("sockets %q %v", sockets, err)
	}
	folder, err := os.Stat(filepath.Dir(sockets[0]))
	if err != nil || folder.Mode().Perm() != 0o700 {
		t.Errorf("its folder is open to others: %v %v", folder, err)
	}
	s.Close()
	if left, err := os.ReadDir(os.Getenv("TMPDIR")); err != nil || len(left) > 0 {
		t.Errorf("left are %v %v", left, err)
	}
}

// If the path of a socket would be too long, moto gets a port.
func TestLongPath(t *testing.T) {
	long := filepath.Join(t.TempDir(), strings.Repeat("x", longestSocket))
	if err := os.Mkdir(long, 0o700); err != nil {
		t.Fatal(err)
	}
	s := listen(t, true)
	t.Setenv("TMPDIR", long)
	if status, body := ask(t, s, "s3", ""); status != http.StatusOK {
		t.Errorf("got %d %s", status, body)
	}
}
