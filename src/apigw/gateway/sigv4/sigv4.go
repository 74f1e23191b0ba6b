// Package sigv4 verifies requests that are signed with Signature Version 4, in the Authorization
// header or in the query, as the services of AWS do. The cryptography is Go's own SHA-256 and HMAC.
//
// See https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html.
// Messages for clients whose request is refused are worded as on AWS.
package sigv4

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// User is a user who may sign requests.
type User struct {
	Name         string // for the ARN of the caller
	AccessKeyID  string
	Secret       string
	SessionToken string // of temporary credentials, else empty
}

// Request is what a signature covers.
type Request struct {
	Method   string
	Path     string // as received, without the query
	RawQuery string
	Host     string
	Header   http.Header // its names may have any case
	Body     []byte
}

// Scope is what credentials must be scoped to.
type Scope struct{ Region, Service string }

// Times of signatures.
const (
	timeFormat = "20060102T150405Z"
	dateFormat = "20060102"
	// maxSkew is how far a signature's date may be from now.
	maxSkew = 5 * time.Minute
	// maxExpires is how long a presigned URL may be valid.
	maxExpires = 7 * 24 * time.Hour
)

// signature is what a request states about its signature.
type signature struct {
	credential, signed, value string
	date                      string // X-Amz-Date, or Date in the same form
	token                     string // X-Amz-Security-Token
	presigned                 bool
	expires                   time.Duration // of a presigned request
}

// Verify finds the user who signed a request. Users are looked up by access key; nil means that
// nobody has it.
func Verify(r *Request, user func(accessKeyID string) *User, scope Scope, now time.Time) (*User, *Error) {
	s, err := r.signature()
	if err != nil {
		return nil, err
	}
	parts := strings.Split(s.credential, "/")
	if len(parts) != 5 {
		return nil, &Error{Code: CodeIncomplete, Message: fmt.Sprintf(
			"Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '%s'", s.credential)}
	}
	if err := checkScope(parts, s.date, scope); err != nil {
		return nil, err
	}
	signed := strings.Split(s.signed, ";")
	if !slices.Contains(signed, "host") {
		return nil, &Error{Code: CodeInvalid, Message: "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."}
	}
	if err := s.checkTime(now); err != nil {
		return nil, err
	}
	u := user(parts[0])
	if u == nil || u.SessionToken != s.token {
		advice := fmt.Sprintf("the access key %q is unknown: only the machine's credentials and those of --iam-user are accepted", clipped(parts[0]))
		if u != nil {
			advice = fmt.Sprintf("the session token does not belong to the access key %q", clipped(parts[0]))
		}
		return nil, &Error{Code: CodeUnrecognized, Message: "The security token included in the request is invalid.", Advice: advice}
	}
	canonical := r.canonical(signed, s.presigned)
	toSign := strings.Join([]string{algorithm, s.date, strings.Join(parts[1:], "/"), hash([]byte(canonical))}, "\n")
	if want := sign(u.Secret, parts[1:], toSign); !hmac.Equal([]byte(want), []byte(s.value)) {
		return nil, &Error{Code: CodeInvalid, Message: fmt.Sprintf("The request signature we calculated does not match the signature you provided. "+
			"Check your AWS Secret Access Key and signing method. Consult the service documentation for details.\n\n"+
			"The Canonical String for this request should have been\n'%s'\n\nThe String-to-Sign should have been\n'%s'\n", canonical, toSign),
			Advice: fmt.Sprintf("the signature is not that of %s (%s): the secret differs, or the client sent a request other than the one it signed", u.Name, u.AccessKeyID)}
	}
	return u, nil
}

func clipped(s string) string {
	const most = 40
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}

// signature reads what the request states about its signature, in its header or else in its query.
func (r *Request) signature() (*signature, *Error) {
	query := r.query()
	inQuery := func(name string) string {
		for _, p := range query {
			if p.name == name {
				return p.value
			}
		}
		return ""
	}
	if header := r.header("Authorization"); header != "" {
		dateHeader := r.header("X-Amz-Date")
		if dateHeader == "" {
			dateHeader = r.header("Date")
		}
		values, err := parseHeader(header, dateHeader != "")
		if err != nil {
			return nil, err
		}
		if scheme, _, _ := strings.Cut(header, " "); scheme != algorithm {
			return nil, &Error{Code: CodeIncomplete, Message: fmt.Sprintf("Unsupported AWS 'algorithm': '%s'.", clipped(scheme))}
		}
		date, ok := parseTime(dateHeader)
		if !ok {
			return nil, &Error{Code: CodeIncomplete, Message: fmt.Sprintf("Date must be in ISO-8601 'basic format'. Got '%s'. See http://en.wikipedia.org/wiki/ISO_8601", clipped(dateHeader))}
		}
		return &signature{credential: values["Credential"], signed: values["SignedHeaders"], value: values["Signature"], date: date, token: r.header("X-Amz-Security-Token")}, nil
	}
	if inQuery("X-Amz-Algorithm") == "" && inQuery("X-Amz-Signature") == "" && inQuery("X-Amz-Credential") == "" {
		return nil, &Error{Code: CodeMissing, Message: "Missing Authentication Token", Advice: "the request is not signed: the method accepts only requests signed with Signature Version 4"}
	}
	var missing []string
	for _, name := range []string{"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date"} {
		if inQuery(name) == "" {
			missing = append(missing, fmt.Sprintf("AWS query-string parameters must include '%s'.", name))
		}
	}
	if len(missing) > 0 {
		return nil, &Error{Code: CodeIncomplete, Message: strings.Join(missing, " ") + " Re-examine the query-string parameters."}
	}
	s := &signature{credential: inQuery("X-Amz-Credential"), signed: inQuery("X-Amz-SignedHeaders"), value: inQuery("X-Amz-Signature"),
		date: inQuery("X-Amz-Date"), token: inQuery("X-Amz-Security-Token"), presigned: true, expires: maxSkew}
	if a := inQuery("X-Amz-Algorithm"); a != algorithm {
		return nil, &Error{Code: CodeIncomplete, Message: fmt.Sprintf("Unsupported AWS 'algorithm': '%s'.", clipped(a))}
	}
	if _, ok := parseTime(s.date); !ok {
		return nil, &Error{Code: CodeIncomplete, Message: fmt.Sprintf("Date must be in ISO-8601 'basic format'. Got '%s'. See http://en.wikipedia.org/wiki/ISO_8601", clipped(s.date))}
	}
	if text := inQuery("X-Amz-Expires"); text != "" {
		seconds, err := strconv.ParseInt(text, 10, 32)
		s.expires = time.Duration(seconds) * time.Second
		if err != nil || s.expires < 0 || s.expires > maxExpires {
			return nil, &Error{Code: CodeIncomplete, Message: fmt.Sprintf("X-Amz-Expires must be a number of seconds from 0 to %d. Got '%s'.", int(maxExpires.Seconds()), clipped(text))}
		}
	}
	return s, nil
}

// parseTime reads a date in the basic format of ISO 8601, or in HTTP's form, and returns it in the
// former.
func parseTime(text string) (string, bool) {
	if _, err := time.Parse(timeFormat, text); err == nil {
		return text, true
	}
	if t, err := http.ParseTime(text); err == nil {
		return t.UTC().Format(timeFormat), true
	}
	return "", false
}

// checkScope compares what the credentials are scoped to with what they must be.
func checkScope(parts []string, date string, scope Scope) *Error {
	var wrong []string
	if parts[2] != scope.Region {
		wrong = append(wrong, fmt.Sprintf("Credential should be scoped to a valid region, not '%s'. ", clipped(parts[2])))
	}
	if parts[3] != scope.Service {
		wrong = append(wrong, fmt.Sprintf("Credential should be scoped to correct service: '%s'. ", scope.Service))
	}
	if parts[4] != "aws4_request" {
		wrong = append(wrong, fmt.Sprintf("Credential should be scoped with a valid terminator: 'aws4_request', not '%s'. ", clipped(parts[4])))
	}
	if day := date[:len(dateFormat)]; parts[1] != day {
		wrong = append(wrong, fmt.Sprintf("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '%s' != '%s', from '%s'. ", clipped(parts[1]), day, date))
	}
	if len(wrong) == 0 {
		return nil
	}
	e := &Error{Code: CodeInvalid, Message: strings.Join(wrong, "")}
	if parts[2] != scope.Region {
		e.Advice = fmt.Sprintf("the request is signed for the Region %s; this API is in %s (--region)", clipped(parts[2]), scope.Region)
	}
	return e
}

// checkTime compares the signature's date with now.
func (s *signature) checkTime(now time.Time) *Error {
	now = now.UTC().Truncate(time.Second)
	date, _ := time.Parse(timeFormat, s.date) // read before
	begin, end := now.Add(-maxSkew), now.Add(maxSkew)
	switch {
	case date.After(end):
		return &Error{Code: CodeInvalid, Message: fmt.Sprintf("Signature not yet current: %s is still later than %s (%s + 5 min.)", s.date, end.Format(timeFormat), now.Format(timeFormat)),
			Advice: "the signature's date is in the future: compare the clocks"}
	case s.presigned && date.Add(s.expires).Before(now):
		return &Error{Code: CodeInvalid, Message: fmt.Sprintf("Signature expired: %s is now earlier than %s", date.Add(s.expires).Format(timeFormat), now.Format(timeFormat)),
			Advice: fmt.Sprintf("the presigned URL was valid for %s", s.expires)}
	case !s.presigned && date.Before(begin):
		return &Error{Code: CodeInvalid, Message: fmt.Sprintf("Signature expired: %s is now earlier than %s (%s - 5 min.)", s.date, begin.Format(timeFormat), now.Format(timeFormat)),
			Advice: "the request was signed more than 5 minutes ago: sign it again, or compare the clocks"}
	}
	return nil
}

// canonical returns the canonical request, which the signature covers.
func (r *Request) canonical(signed []string, presigned bool) string {
	var b strings.Builder
	b.WriteString(r.Method + "\n" + canonicalPath(r.Path) + "\n")
	var query []parameter
	for _, p := range r.query() {
		if !presigned || p.name != "X-Amz-Signature" {
			query = append(query, parameter{escape(p.name, ""), escape(p.value, "")})
		}
	}
	slices.SortStableFunc(query, func(a, b parameter) int {
		if c := strings.Compare(a.name, b.name); c != 0 {
			return c
		}
		return strings.Compare(a.value, b.value)
	})
	for i, p := range query {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(p.name + "=" + p.value)
	}
	b.WriteByte('\n')
	for _, name := range signed {
		b.WriteString(name + ":" + r.signedHeader(name) + "\n")
	}
	b.WriteString("\n" + strings.Join(signed, ";") + "\n" + hash(r.Body))
	return b.String()
}

// canonicalPath is a path without dot segments and doubled slashes, percent-encoded once more than
// received.
func canonicalPath(path string) string {
	var out []string
	for part := range strings.SplitSeq(path, "/") {
		switch part {
		case "", ".":
		case "..":
			if len(out) > 0 {
				out = out[:len(out)-1]
			}
		default:
			out = append(out, part)
		}
	}
	if len(out) == 0 {
		return "/"
	}
	clean := "/" + strings.Join(out, "/")
	if strings.HasSuffix(path, "/") {
		clean += "/"
	}
	return escape(clean, "/")
}

const unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"

// escape percent-encodes every byte except letters, digits, -._~ and those of keep.
func escape(s, keep string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; strings.IndexByte(unreserved, c) >= 0 || strings.IndexByte(keep, c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

type parameter struct{ name, value string }

// query decodes the query string. A malformed escape is kept.
func (r *Request) query() []parameter {
	var all []parameter
	decode := func(s string) string {
		if d, err := url.QueryUnescape(s); err == nil {
			return d
		}
		return s
	}
	for part := range strings.SplitSeq(r.RawQuery, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		all = append(all, parameter{decode(name), decode(value)})
	}
	return all
}

// header is the first value of a header, trimmed, whatever the case of its name.
func (r *Request) header(name string) string {
	if vs := r.headers(name); len(vs) > 0 {
		return strings.TrimSpace(vs[0])
	}
	return ""
}

func (r *Request) headers(name string) []string {
	if vs := r.Header[http.CanonicalHeaderKey(name)]; len(vs) > 0 {
		return vs
	}
	for key, vs := range r.Header {
		if strings.EqualFold(key, name) {
			return vs
		}
	}
	return nil
}

// signedHeader is the canonical value of a header: trimmed, white space inside it as one space,
// several values separated by commas.
func (r *Request) signedHeader(name string) string {
	values := r.headers(name)
	switch {
	case name == "host":
		values = []string{r.Host}
	case name == "content-length" && len(values) == 0:
		values = []string{strconv.Itoa(len(r.Body))} // which net/http removes from the headers
	}
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = strings.Join(strings.Fields(v), " ")
	}
	return strings.Join(out, ",")
}

func hash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// sign is the signature of a string by a secret, for a scope: date, Region, service and terminator.
func sign(secret string, scope []string, text string) string {
	key := []byte("AWS4" + secret)
	for _, part := range append(slices.Clip(scope), text) {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(part))
		key = mac.Sum(nil)
	}
	return hex.EncodeToString(key)
}
