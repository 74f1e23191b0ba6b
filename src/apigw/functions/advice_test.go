package functions

import (
	"os"
	"path/filepath"
	"testing"

	"example.com/guessing-game/src/apigw/document"
	"example.com/guessing-game/src/apigw/sam"
)

// A function that cannot begin is shown what to correct, in the template or next to the code. The
// errors are those of Lambda's runtime clients.
func TestCorrection(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{"src/app.py": "", "src/requirements.txt": "PyYAML==6\n", "web/index.js": "", "web/package.json": `{"dependencies":{"left-pad":"1"}}`} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "device"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(os.DevNull, filepath.Join(dir, "device", "requirements.txt")); err != nil {
		t.Fatal(err)
	}
	python := sam.Function{Runtime: "python3.12", Handler: "app.handler", Environment: []sam.Variable{{Name: "TABEL"}, {Name: "LEVEL"}}, Code: sam.Code{URI: "src/"}}
	device := python
	device.Code.URI = "device"
	node := sam.Function{Runtime: "nodejs22.x", Handler: "index.handler", Code: sam.Code{URI: "web"}}
	misnamed := python
	misnamed.Handler = "ap.handler"
	nodeMisnamed := node
	nodeMisnamed.Handler = "lib/indx.handler"
	for _, c := range []struct {
		of                 sam.Function
		failure, log, want string
	}{
		{misnamed, "Runtime.ImportModuleError: Unable to import module 'ap': No module named 'ap'", "", "the Handler ap.handler names ap.py, which its code, src, does not have; correct the Handler or the CodeUri."},
		{python, "Runtime.ImportModuleError: Unable to import module 'app': No module named 'requests'", "", "its code imports requests, which " + filepath.Join("src", "requirements.txt") + " does not list; add the package that has it."},
		{python, "Runtime.ImportModuleError: Unable to import module 'app': No module named 'yaml'", "", ""},
		{device, "Runtime.ImportModuleError: Unable to import module 'app': No module named 'requests'", "", "its code imports requests, and device has no requirements.txt that lists it."}, // only regular files are read
		{python, "KeyError: 'TABLE'", `os.environ["TABLE"]`, "the template gives it no environment variable TABLE; it has TABEL, LEVEL."},
		{python, "KeyError: 'TABLE'", `event["TABLE"]`, ""},
		{python, "KeyError: 'owner'", "Found credentials in environment variables.\n" + `event["owner"]`, ""},
		{python, "KeyError: 'TABLE'", "  File \"/src/app.py\", line 3\n    os.environ[NAME]\n  File \"<frozen os>\", line 679, in __getitem__\n", "the template gives it no environment variable TABLE; it has TABEL, LEVEL."},
		{python, "KeyError: 'LEVEL'", `os.environ["LEVEL"]`, ""},
		{nodeMisnamed, "Runtime.ImportModuleError: Error: Cannot find module 'indx'\nRequire stack:\n- /b.cjs", "", "the Handler lib/indx.handler names lib/indx.js, which its code, web, does not have; correct the Handler or the CodeUri."},
		{node, "Runtime.ImportModuleError: Error: Cannot find module 'zod'\nRequire stack:\n- /b.cjs", "", "its code imports zod, which " + filepath.Join("web", "package.json") + " does not list; add the package that has it."},
		{node, "Runtime.ImportModuleError: Error: Cannot find module 'left-pad'\nRequire stack:\n- /b.cjs", "", ""},
		{node, "Runtime.ImportModuleError: Error: Cannot find module './own'\nRequire stack:\n- /b.cjs", "", ""},
	} {
		fn := c.of
		fn.ID, fn.Code.Dir, fn.Pos = "F", dir, document.Position{File: "template.yaml", Line: 3, Column: 3}
		if got := (&Function{Function: &fn}).correction(c.failure, c.log); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.failure, got, c.want)
		}
	}
}
