package samconfig

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	"example.com/guessing-game/src/apigw/cli"
)

// Overrides reads the forms that sam accepts: K=V pairs separated by white space, quotes
// around values, and ParameterKey=K,ParameterValue=V.
func Overrides(args []string) (map[string]string, error) {
	all := map[string]string{}
	for _, arg := range args {
		words, ok := quotedWords(arg)
		if !ok {
			return nil, cli.Usagef("--parameter-overrides %q: a quote is not closed", arg)
		}
		for _, w := range words {
			if key, value, ok := strings.Cut(w, ",ParameterValue="); ok && strings.HasPrefix(key, "ParameterKey=") {
				all[strings.TrimPrefix(key, "ParameterKey=")] = value
				continue
			}
			if name, ok := strings.CutPrefix(w, "file://"); ok {
				table, err := Read(name)
				if err != nil {
					return nil, fmt.Errorf("--parameter-overrides %s: %w", w, err)
				}
				values, err := parameters(table)
				if err != nil {
					return nil, fmt.Errorf("--parameter-overrides %s: %w", w, err)
				}
				maps.Copy(all, values)
				continue
			}
			key, value, ok := strings.Cut(w, "=")
			if !ok || key == "" {
				return nil, cli.Usagef("--parameter-overrides %q: %q is not of the form K=V", arg, w)
			}
			all[key] = value
		}
	}
	return all, nil
}

// quotedWords splits a string at white space outside quotes, and removes the quotes. ok is false if
// a quote is not closed.
func quotedWords(text string) (words []string, ok bool) {
	var word strings.Builder
	inWord, quote := false, rune(0)
	for _, r := range text {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote == 0 && (r == '"' || r == '\''):
			quote, inWord = r, true
		case quote == 0 && strings.ContainsRune(" \t\r\n", r):
			if inWord {
				words = append(words, word.String())
				word.Reset()
			}
			inWord = false
		default:
			word.WriteRune(r)
			inWord = true
		}
	}
	if inWord {
		words = append(words, word.String())
	}
	return words, quote == 0
}

// EnvVars reads the file of sam local's --env-vars: {"FUNCTION": {"NAME": "value"}, "Parameters":
// {"NAME": "value"}}.
func EnvVars(data []byte) (map[string]map[string]string, error) {
	var raw map[string]map[string]any
	if err := json.Unmarshal(data, &raw); err != nil {
		return nil, fmt.Errorf("is not a JSON object of objects: %w", err)
	}
	all := map[string]map[string]string{}
	for f, vars := range raw {
		all[f] = map[string]string{}
		for k, v := range vars {
			switch v := v.(type) {
			case string:
				all[f][k] = v
			case float64, bool:
				all[f][k] = fmt.Sprint(v)
			default:
				return nil, fmt.Errorf("the value of %s.%s is neither a string, a number nor a boolean", f, k)
			}
		}
	}
	return all, nil
}
