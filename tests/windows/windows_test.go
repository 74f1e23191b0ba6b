//go:build e2e && amd64

package windows

import (
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"example.com/guessing-game/tests/serve"
)

const wine = "/usr/lib/wine/wine64"

// TestGameUnderWine plays on the Windows build: it starts the function in a job object, reads what
// it logs, and ends it.
func TestGameUnderWine(t *testing.T) {
	dir := t.TempDir()
	env := append(os.Environ(), "WINEPREFIX="+filepath.Join(dir, "prefix"), "WINEDEBUG=-all", "TABLE_NAME=", "NO_COLOR=1")
	try := func(env []string, name string, args ...string) string {
		t.Helper()
		cmd := exec.Command(name, args...)
		cmd.Env, cmd.Dir = env, "../.."
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", cmd, err, out)
		}
		return string(out)
	}
	try(append(env, "GOOS=windows", "GOARCH=amd64"), "go", "build", "-o", dir+"/", "./src/apigw", "./src/function")
	try(env, wine, "wineboot", "--init")
	try(env, "x86_64-w64-mingw32-gcc", "-shared", "-o", filepath.Join(dir, "prefix/drive_c/windows/system32/bcryptprimitives.dll"), "tests/windows/wine/prng.c", "-ladvapi32")
	t.Cleanup(func() { exec.Command("wineserver", "-k").Run() })
	if out := try(env, wine, filepath.Join(dir, "apigw.exe"), "version"); !strings.Contains(out, "windows/amd64") {
		t.Errorf("apigw version prints %s", out)
	}
	// Wine lacks the call (SIO_UDP_NETRESET) that Go makes for a UDP port.
	cmd := exec.Command(wine, filepath.Join(dir, "apigw.exe"), "start", "--port", "0", "--lambda-port", "0", "--trace-port", "0", "--xray-port", "off",
		"--openapi", "openapi/api.yaml", "--function", "GameFunction="+filepath.Join(dir, "function.exe"), "--concurrency", "1", "--log-level", "debug")
	cmd.Env, cmd.Dir = env, "../.."
	a, err := serve.Run(cmd)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Kill)
	for range 2 {
		resp, err := http.Post(a.REST[0]+"games", "application/json", nil)
		if err != nil {
			t.Fatal(err)
		}
		var made struct{ Game struct{ ID, Status string } }
		err = json.NewDecoder(resp.Body).Decode(&made)
		resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusCreated || made.Game.Status != "ongoing" {
			t.Fatalf("%d %+v %v\n%s", resp.StatusCode, made, err, a.String())
		}
	}
	a.AwaitText(t, "outcome=GameCreated", 2)
	a.AwaitText(t, "REPORT RequestId: ", 2)
	if !strings.Contains(a.String(), "Max Memory Used: ") {
		t.Errorf("no figure of the memory:\n%s", a.String())
	}
}
