//go:build unix

package standin

import (
	"net"
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

// The folder of a killed program is removed by the next one; a folder in use stays.
func TestFoldersOfTheKilledAreRemoved(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	used := listen(t, true)
	ask(t, used, "s3", "")
	dead := filepath.Join(os.Getenv("TMPDIR"), folderName+"1")
	if err := os.Mkdir(dead, 0o700); err != nil {
		t.Fatal(err)
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(dead, "socket")})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	l.Close()
	ask(t, listen(t, true), "s3", "")
	if _, err := os.Stat(dead); !os.IsNotExist(err) {
		t.Errorf("the folder is still there: %v", err)
	}
	if status, body := ask(t, used, "s3", ""); status != http.StatusOK {
		t.Errorf("the other has lost its moto: %d %s", status, body)
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
