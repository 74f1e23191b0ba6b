package mask

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"unsafe"

	"example.com/guessing-game/src/apigw/gateway/headernames"
)

// Secret stands for the value of a secret header.
const Secret = "*****"

// Cover hides the secrets of one request, in addition to what a Masker hides. The nil Cover hides
// nothing.
type Cover struct {
	Masker *Masker
	// Headers are names of headers that are secret in this request, in addition to those of
	// headernames.Secret.
	Headers []string
	// ShowSecrets leaves secrets visible; what the Masker names is still hidden.
	ShowSecrets bool

	found []replacement // longer strings first
}

type replacement struct{ text, shown string }

// SecretHeader reports whether the value of a header is hidden as a secret.
func (c *Cover) SecretHeader(name string) bool {
	return !c.ShowSecrets && (headernames.Secret(name) || slices.ContainsFunc(c.Headers, func(h string) bool { return strings.EqualFold(h, name) }))
}

// AddHeader makes Text hide the value of a secret header and the parts that templates and functions
// extract from such values: the token after the scheme, the values of cookies.
func (c *Cover) AddHeader(name, value string) {
	c.Add(value)
	switch strings.ToLower(name) {
	case "cookie", "set-cookie":
		for part := range strings.SplitSeq(value, ";") {
			if _, v, ok := strings.Cut(part, "="); ok && len(v) >= minSecret && strings.EqualFold(name, "cookie") {
				c.Add(v)
			}
		}
		if first, _, _ := strings.Cut(value, ";"); strings.EqualFold(name, "set-cookie") {
			if _, v, ok := strings.Cut(first, "="); ok && len(v) >= minSecret {
				c.Add(v)
			}
		}
	default:
		if _, token, ok := strings.Cut(value, " "); ok && len(token) >= minSecret {
			c.Add(token)
		}
	}
}

// minSecret is the minimum length in bytes of a secret that is hidden wherever it occurs. A shorter
// one, which may be part of any word, is hidden only where it is a whole JSON string or a whole
// value of a map.
const minSecret = 6

// Add makes Text hide a secret: verbatim, and as JSON, JavaScript and URLs write it.
func (c *Cover) Add(secret string) {
	if secret == "" || c.ShowSecrets {
		return
	}
	quoted := quote(secret)
	if len(secret) < minSecret {
		c.Replace(quoted, `"`+Secret+`"`)
		c.Replace("="+secret+",", "="+Secret+",")
		c.Replace("="+secret+"}", "="+Secret+"}")
		return
	}
	inner := quoted[1 : len(quoted)-1]
	nested := quote(inner)
	for _, form := range []string{
		secret, inner, nested[1 : len(nested)-1], strings.ReplaceAll(inner, "/", `\/`), url.QueryEscape(secret), url.PathEscape(secret),
	} {
		c.Replace(form, Secret)
	}
}

// quote returns a string as JSON, with as few escapes as possible.
func quote(s string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // encoding a string never fails
	return strings.TrimSuffix(b.String(), "\n")
}

// Replace makes Text show one string in place of another.
func (c *Cover) Replace(text, shown string) {
	r := replacement{text, shown}
	if text == "" || text == shown || slices.Contains(c.found, r) {
		return
	}
	i, _ := slices.BinarySearchFunc(c.found, r, func(a, b replacement) int { return len(b.text) - len(a.text) })
	c.found = slices.Insert(c.found, i, r)
}

// Bytes is roughly the memory that the Cover takes, without its Masker.
func (c *Cover) Bytes() int {
	if c == nil {
		return 0
	}
	n := len(c.Headers) * int(unsafe.Sizeof(""))
	for _, r := range c.found {
		n += int(unsafe.Sizeof(r)) + len(r.text) + len(r.shown)
	}
	return n
}

// Text returns text with everything hidden that must not be shown.
func (c *Cover) Text(text string) string {
	if c == nil {
		return text
	}
	for _, r := range c.found {
		if strings.Contains(text, r.text) {
			text = strings.ReplaceAll(text, r.text, r.shown)
		}
	}
	return c.Masker.Text(text)
}

// Header returns the value of a header, hidden if it must not be shown.
func (c *Cover) Header(name, value string) string {
	switch {
	case c == nil:
		return value
	case c.Masker.Hides(name):
		return Hidden
	case c.SecretHeader(name):
		return Secret
	}
	return c.Text(value)
}
