package velocity

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"example.com/guessing-game/src/apigw/budget"
	"example.com/guessing-game/src/apigw/vtl"
	"example.com/guessing-game/src/apigw/vtl/java"
)

const (
	panicked = "Panic"   // the class of an outcome that is a bug whatever the real engine's outcome
	failed   = "Error"   // the class of every error of package vtl
	timedOut = "Timeout" // no end in sight
	limited  = "Limit"   // one of package vtl's limits
)

// renderTimeout bounds one rendering. It is far beyond what any template of the corpus or of the
// generator needs.
const renderTimeout = 20 * time.Second

// Render renders a template with package vtl. variables is a JSON object, or empty.
func Render(setting vtl.Setting, template string, variables json.RawMessage) (o Outcome) {
	defer func() {
		if r := recover(); r != nil {
			o = Outcome{Class: panicked, Error: fmt.Sprint(r)}
		}
	}()
	vars, err := Vars(variables)
	if err != nil {
		return Outcome{Class: panicked, Error: err.Error()}
	}
	t, err := vtl.Parse("T", template, vtl.Options{Setting: setting})
	if err != nil {
		return failure(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), renderTimeout)
	defer cancel()
	text, err := t.Render(vtl.NewBudget(ctx), vars)
	if err != nil {
		return failure(err)
	}
	return Outcome{Output: text}
}

// Vars makes variables from the members of a JSON object. No JSON at all is an empty object.
func Vars(object json.RawMessage) (*vtl.Vars, error) {
	vars := vtl.NewVars()
	if len(object) == 0 {
		return vars, nil
	}
	v, err := java.DecodeJSON(object)
	if err != nil {
		return nil, fmt.Errorf("context: %w", err)
	}
	m, ok := v.(*java.Map)
	if !ok {
		return nil, fmt.Errorf("context: want a JSON object, got %s", object)
	}
	for key, value := range m.All() {
		vars.Set(key.(string), value)
	}
	return vars, nil
}

func failure(err error) Outcome {
	if errors.Is(err, context.DeadlineExceeded) {
		return Outcome{Class: timedOut, Error: err.Error()}
	}
	o := Outcome{Class: failed, Error: err.Error()}
	var limit *budget.LimitError
	if errors.As(err, &limit) {
		o.Class = limited
	}
	var e *vtl.Error
	if errors.As(err, &e) {
		o.Line, o.Column = e.Line, e.Column
	}
	return o
}

// Check renders the case with package vtl in both settings and returns a message for each outcome
// that is not what is expected.
func (c *Case) Check() (messages []string) {
	for _, x := range []struct {
		setting vtl.Setting
		want    *Outcome
	}{{vtl.Velocity, c.Velocity}, {vtl.APIGateway, c.APIGateway}} {
		if x.want == nil {
			messages = append(messages, fmt.Sprintf("%s: no expectation of the %s setting: run the conformance command with -update", c.ID, SettingName(x.setting)))
			continue
		}
		if got := Render(x.setting, c.Template, c.Context); !got.Agrees(*x.want) {
			messages = append(messages, fmt.Sprintf("%s (%s): %q with %s\n  got  %v\n  want %v", c.ID, SettingName(x.setting), c.Template, c.Context, got, x.want))
		}
	}
	return messages
}
