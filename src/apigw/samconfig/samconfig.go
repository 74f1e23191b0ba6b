// Package samconfig reads settings in the forms that sam accepts: samconfig.toml, the values of
// --parameter-overrides, and the file of --env-vars.
package samconfig

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/spf13/pflag"

	"example.com/guessing-game/src/apigw/document"
)

// Limits of settings in TOML: reading nested tables takes memory with the square of their
// depth.
const (
	maxSettings = 64 << 10
	maxTables   = 1000
)

// nestsDeeply reports whether tables of a TOML file may be nested too deeply: by the dots of a key,
// or as values.
func nestsDeeply(data []byte) bool {
	for line := range bytes.Lines(data) {
		if bytes.Count(line, []byte(".")) > maxTables {
			return true
		}
	}
	return bytes.Count(data, []byte("{")) > maxTables
}

// Read reads a file of settings, in TOML or YAML by its name.
func Read(file string) (map[string]any, error) {
	data, err := document.ReadFile(file)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		return nil, fmt.Errorf("%s: %s", file, document.Reason(err))
	}
	var all map[string]any
	switch filepath.Ext(file) {
	case ".yaml", ".yml":
		root, err := document.Parse(file, data, document.Options{})
		if err != nil {
			return nil, err
		}
		if err := root.Decode(&all); err != nil {
			return nil, fmt.Errorf("%s: it must hold a mapping", file)
		}
	default:
		switch {
		case len(data) > maxSettings:
			return nil, fmt.Errorf("%s: has more than %d bytes", file, maxSettings)
		case nestsDeeply(data):
			return nil, fmt.Errorf("%s: has more than %d nested tables", file, maxTables)
		}
		if _, err := toml.Decode(string(data), &all); err != nil {
			var p toml.ParseError
			if errors.As(err, &p) {
				return nil, fmt.Errorf("%s:%d:%d: not valid TOML: %s", file, p.Position.Line, p.Position.Col, p.Message)
			}
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	return all, nil
}

// Texts is a value in samconfig.toml as a flag takes it: lists element by element, tables as K=V.
func Texts(value any, f *pflag.Flag) (all []string, err error) {
	switch v := value.(type) {
	case []any:
		for _, e := range v {
			more, err := Texts(e, f)
			if err != nil {
				return nil, err
			}
			all = append(all, more...)
		}
		if f.Value.Type() == "string" {
			return []string{strings.Join(all, " ")}, nil
		}
		return all, nil
	case map[string]any:
		if f.Name != "parameter-overrides" {
			return nil, errors.New("it must not be a table")
		}
		values, err := parameters(v)
		for _, key := range slices.Sorted(maps.Keys(values)) {
			all = append(all, key+"='"+strings.ReplaceAll(values[key], "'", `'"'"'`)+"'") // as quotedWords reads it
		}
		return all, err
	}
	return []string{plain(value)}, nil
}

// parameters returns the values of parameters in a table of samconfig.toml, or in a file of them.
func parameters(table map[string]any) (map[string]string, error) {
	all := map[string]string{}
	for key, value := range table {
		if _, ok := value.(map[string]any); ok || key == "$include" {
			return nil, fmt.Errorf("%s: it must be the value of a parameter", key)
		}
		all[key] = plain(value)
	}
	return all, nil
}

// plain is a value in samconfig.toml as a string: lists separated by commas, as in CloudFormation.
func plain(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case []any:
		var all []string
		for _, e := range v {
			all = append(all, plain(e))
		}
		return strings.Join(all, ",")
	}
	return fmt.Sprint(value)
}
