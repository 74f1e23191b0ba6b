package velocity

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"example.com/guessing-game/src/apigw/vtl"
	"example.com/guessing-game/tests/oracle"
)

// jars is the folder of Debian's packages that the harness needs.
const jars = "/usr/share/java"

// ClassPath is the real engine's.
func ClassPath() (string, error) {
	var path []string
	for _, jar := range []string{"velocity-1.7", "commons-collections3", "commons-lang", "jackson-core", "jackson-databind", "jackson-annotations"} {
		file := filepath.Join(jars, jar+".jar")
		if _, err := os.Stat(file); err != nil {
			return "", fmt.Errorf("%s is missing: run tests/velocity/install.sh", file)
		}
		path = append(path, file)
	}
	return strings.Join(path, ":"), nil
}

// StartJava starts one of the Java programs in the oracle folder, with the real engine on its class
// path.
func StartJava(program string, arguments ...string) (*oracle.Oracle, error) {
	path, err := ClassPath()
	if err != nil {
		return nil, err
	}
	folder, err := oracle.Beside("oracle")
	if err != nil {
		return nil, err
	}
	return oracle.Start(append([]string{"-Xmx1g", "-cp", path, filepath.Join(folder, program)}, arguments...)...)
}

// An Oracle is a running Apache Velocity 1.7. It is not safe for concurrent use.
type Oracle struct{ *oracle.Oracle }

// StartOracle starts the real engine. With fresh, each template gets its own engine, which is
// slow but rules out interference; without, only those that mention macros do.
func StartOracle(setting vtl.Setting, fresh bool) (*Oracle, error) {
	args := []string{SettingName(setting)}
	if fresh {
		args = append(args, "fresh")
	}
	o, err := StartJava("Oracle.java", args...)
	return &Oracle{o}, err
}

// SettingName returns the name of a setting for the commands here and for apigw render.
func SettingName(s vtl.Setting) string {
	if s == vtl.Velocity {
		return "velocity"
	}
	return "apigateway"
}

// Render returns the outcome of each case, ignoring its expectations. Of an error's message it
// keeps the first line: the others list tokens.
func (o *Oracle) Render(cases []*Case) ([]Outcome, error) {
	questions := make([]*Case, len(cases))
	for i, c := range cases {
		questions[i] = &Case{ID: strconv.Itoa(i), Context: c.Context, Template: c.Template}
	}
	answers, err := oracle.Ask[*Case, answer](o.Oracle, questions)
	if err != nil {
		return nil, err
	}
	outcomes := make([]Outcome, len(cases))
	for i, a := range answers {
		if a.id != questions[i].ID {
			return nil, fmt.Errorf("the real engine answered %q where %d was due", a.id, i)
		}
		outcomes[i] = a.Outcome
		outcomes[i].Error, _, _ = strings.Cut(a.Error, "\n")
	}
	return outcomes, nil
}

// An answer is an outcome with the id of its case.
type answer struct {
	id string
	Outcome
}

func (a *answer) UnmarshalJSON(line []byte) error {
	var id struct{ ID string }
	err := errors.Join(json.Unmarshal(line, &a.Outcome), json.Unmarshal(line, &id))
	a.id = id.ID
	return err
}
