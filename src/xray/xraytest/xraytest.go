// Package xraytest receives X-Ray's documents as the daemon does and checks them against its
// schema.
package xraytest

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// Sampled is the header of a trace that is sampled.
const Sampled = "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1"

// Traced returns a context with a trace header where both loops put it.
func Traced(ctx context.Context, text string) context.Context {
	//lint:ignore SA1029 aws-lambda-go and the X-Ray SDK agree on a plain string
	return context.WithValue(ctx, "x-amzn-trace-id", text)
}

// Daemon is where segments arrive.
type Daemon struct{ net.PacketConn }

// NewDaemon starts a daemon that ends with the test.
func NewDaemon(tb testing.TB) Daemon {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { conn.Close() })
	return Daemon{conn}
}

// Env is the environment of a tracer that sends to the daemon.
func (d Daemon) Env(name string) string {
	return map[string]string{"AWS_XRAY_DAEMON_ADDRESS": d.LocalAddr().String()}[name]
}

// Receive returns the next document.
func (d Daemon) Receive(tb testing.TB) map[string]any {
	tb.Helper()
	b := make([]byte, 1<<16)
	d.SetReadDeadline(time.Now().Add(30 * time.Second))
	n, _, err := d.ReadFrom(b)
	if err != nil {
		tb.Fatal(err)
	}
	const head = `{"format": "json", "version": 1}` + "\n"
	text, ok := strings.CutPrefix(string(b[:n]), head)
	if !ok {
		tb.Fatalf("a datagram without the daemon's header: %s", b[:n])
	}
	var document map[string]any
	if err := json.Unmarshal([]byte(text), &document); err != nil {
		tb.Fatalf("%s: %v", text, err)
	}
	return document
}

// subsegmentFields are the fields of a subsegment as
// https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html
// documents them, with a check for each. Anything else is refused.
var subsegmentFields = map[string]func(any) bool{
	"name":        pattern(`^[\p{L}\p{N} _.:/%&#=+\\@-]{1,200}$`),
	"id":          pattern(`^[0-9a-f]{16}$`),
	"start_time":  isNumber,
	"end_time":    isNumber,
	"trace_id":    pattern(`^1-[0-9a-f]{8}-[0-9a-f]{24}$`),
	"parent_id":   pattern(`^[0-9a-f]{16}$`),
	"type":        pattern(`^subsegment$`),
	"namespace":   pattern(`^(aws|remote)$`),
	"error":       isBool,
	"fault":       isBool,
	"throttle":    isBool,
	"annotations": object(func(key string, v any) bool { return pattern(`^[A-Za-z0-9_]{1,500}$`)(key) && isScalar(v) }),
	"aws": object(fieldsOf(map[string]func(any) bool{
		"operation": isString, "region": isString, "request_id": isString, "table_name": isString, "retries": isNumber,
	})),
	"http": object(fieldsOf(map[string]func(any) bool{
		"response": object(fieldsOf(map[string]func(any) bool{"status": isNumber})),
	})),
	"cause": object(fieldsOf(map[string]func(any) bool{
		"working_directory": isString,
		"paths":             list(isString),
		"exceptions": list(object(fieldsOf(map[string]func(any) bool{
			"id": pattern(`^[0-9a-f]{16}$`), "message": isString, "type": isString, "remote": isBool,
			"stack": list(object(func(string, any) bool { return true })),
		}))),
	})),
	"subsegments": list(func(v any) bool { return true }), // checked one by one
	"Dummy":       isBool,                                 // the SDK's own, which X-Ray leaves out
}

func isString(v any) bool { _, ok := v.(string); return ok }
func isNumber(v any) bool { _, ok := v.(float64); return ok }
func isBool(v any) bool   { _, ok := v.(bool); return ok }
func isScalar(v any) bool { return isString(v) || isNumber(v) || isBool(v) }

func pattern(re string) func(any) bool {
	compiled := regexp.MustCompile(re)
	return func(v any) bool { s, ok := v.(string); return ok && compiled.MatchString(s) }
}

func list(of func(any) bool) func(any) bool {
	return func(v any) bool {
		items, ok := v.([]any)
		return ok && !slices.ContainsFunc(items, func(item any) bool { return !of(item) })
	}
}

func object(member func(string, any) bool) func(any) bool {
	return func(v any) bool {
		m, ok := v.(map[string]any)
		for key, value := range m {
			ok = ok && member(key, value)
		}
		return ok
	}
}

func fieldsOf(fields map[string]func(any) bool) func(string, any) bool {
	return func(key string, value any) bool { check, known := fields[key]; return known && check(value) }
}

// Check checks a document against X-Ray's schema and returns its tree as lines: names and what
// matters, indented.
func Check(t *testing.T, s map[string]any) string {
	t.Helper()
	for _, key := range []string{"trace_id", "parent_id", "type"} {
		if s[key] == nil {
			t.Errorf("%v has no %s", s["name"], key)
		}
	}
	return checkNested(t, s)
}

func checkNested(t *testing.T, s map[string]any) string {
	t.Helper()
	for key, value := range s {
		if !fieldsOf(subsegmentFields)(key, value) {
			t.Errorf("X-Ray knows no %s like %v", key, value)
		}
	}
	for _, key := range []string{"name", "id", "start_time", "end_time"} {
		if s[key] == nil {
			t.Errorf("%v has no %s", s["name"], key)
		}
	}
	var b strings.Builder
	fmt.Fprint(&b, s["name"])
	for _, flag := range []string{"error", "fault", "throttle"} {
		if s[flag] == true {
			fmt.Fprint(&b, " ", flag)
		}
	}
	for _, key := range []string{"annotations", "aws"} {
		m, _ := s[key].(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(m)) {
			fmt.Fprintf(&b, " %s=%v", name, m[name])
		}
	}
	if h, ok := s["http"].(map[string]any); ok {
		fmt.Fprint(&b, " ", h)
	}
	if c, ok := s["cause"].(map[string]any); ok {
		e := c["exceptions"].([]any)[0].(map[string]any)
		fmt.Fprintf(&b, " [%v: %v]", e["type"], e["message"])
	}
	b.WriteString("\n")
	children, _ := s["subsegments"].([]any)
	for _, child := range children {
		child := child.(map[string]any)
		if child["start_time"].(float64) < s["start_time"].(float64) || child["end_time"].(float64) > s["end_time"].(float64) {
			t.Errorf("%v is not within %v", child["name"], s["name"])
		}
		for line := range strings.Lines(checkNested(t, child)) {
			b.WriteString("  " + line)
		}
	}
	return b.String()
}
