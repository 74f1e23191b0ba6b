//go:build e2e

package browser

import (
	"bytes"
	"context"
	"fmt"
	"html"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/creack/pty"

	"example.com/guessing-game/tests/serve"
)

// failing has a template that fails, and a function error that no pattern selects.
const failing = `openapi: 3.0.1
info: {title: orders, version: '1'}
paths:
  /orders:
    get:
      responses: {'200': {description: ok}}
      x-amazon-apigateway-integration: &function
        type: aws
        httpMethod: POST
        uri: {Fn::Sub: 'arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${GameFunction.Arn}/invocations'}
        requestTemplates: {application/json: '{"kind": "$input.params("kind")"}'}
        responses: {default: {statusCode: '200'}, 'NotFound.*': {statusCode: '404'}}
  /orders/{id}:
    get:
      responses: {'200': {description: ok}}
      x-amazon-apigateway-integration:
        <<: *function
        requestTemplates:
          application/json: |-
            #set($ids = [1, 2])
            {"kind": "gameInfoRequested", "id": "$ids.get($input.params('id').length())"}
`

// TestPicturesOfTheConsole takes pictures of apigw start on a terminal.
func TestPicturesOfTheConsole(t *testing.T) {
	t.Parallel()
	folder := pictureFolder(t)
	programs, err := programs()
	if err != nil {
		t.Fatal(err)
	}
	folderOfOrders := t.TempDir()
	if err := os.WriteFile(filepath.Join(folderOfOrders, "orders.yaml"), []byte(failing), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, shot := range []struct {
		look
		name     string
		args     []string
		requests []string // METHOD PATH BODY
		await    string   // what is shown at the end
		from     string   // where the picture begins
	}{
		{desktop, "console-light.png", nil, []string{"POST games", `POST games/4ce7c7b8-02bc-40a4-823b-6c7c02b028d3 {"guess":5}`, `POST games x`}, "passthroughBehavior", "\n"},
		{desktop.inTheDark(), "console-failed.png", []string{"--openapi", "orders.yaml"}, []string{"GET orders?kind=none", "GET orders/1234"}, "Change the template", "Press Ctrl-C"},
		{desktop.inTheDark(), "console-debug.png", []string{"--log-level", "debug"}, []string{"POST games"}, "response mapping", "Press Ctrl-C"},
	} {
		t.Run(shot.name, func(t *testing.T) {
			t.Parallel()
			args := append([]string{"start", "--port", "0", "--lambda-port", "0", "--trace-port", "0", "--xray-port", "0", "--no-stand-in", "--mask", "random_number",
				"--function", "GameFunction=" + filepath.Join(programs, "function")}, shot.args...)
			cmd := exec.Command(filepath.Join(programs, "apigw"), args...)
			cmd.Dir = "../.."
			if len(shot.args) > 0 && shot.args[0] == "--openapi" {
				cmd.Dir = folderOfOrders
			}
			cmd.Env = append(os.Environ(), "TABLE_NAME=", "TERM=xterm-256color")
			terminal, err := pty.StartWithSize(cmd, &pty.Winsize{Cols: columns, Rows: 50})
			if err != nil {
				t.Fatal(err)
			}
			defer terminal.Close()
			var out serve.Output
			ended := make(chan struct{})
			go func() {
				_, _ = io.Copy(&out, terminal) // until the program ends, which a terminal reports as an error
				close(ended)
			}()
			out.AwaitText(t, "Press Ctrl-C to stop.", 1)
			address := regexp.MustCompile(`http://127\.0\.0\.1:\d+/prod/`).FindString(out.String())
			for i, request := range shot.requests {
				method, rest, _ := strings.Cut(request, " ")
				path, body, _ := strings.Cut(rest, " ")
				r, err := http.NewRequestWithContext(t.Context(), method, address+path, strings.NewReader(body))
				if err != nil {
					t.Fatal(err)
				}
				r.Header.Set("Content-Type", []string{"application/json", "application/json", "text/plain"}[i])
				response, err := http.DefaultClient.Do(r)
				if err != nil {
					t.Fatal(err)
				}
				response.Body.Close()
			}
			out.AwaitText(t, shot.await, 1)
			if err := cmd.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
			<-ended
			if err := cmd.Wait(); err != nil {
				t.Error(err)
			}
			text := strings.ReplaceAll(out.String(), "\r\n", "\n")
			_, text, _ = strings.Cut(text[strings.Index(text, shot.from):], "\n")
			page := terminalPage(strings.TrimSpace(text), shot.dark)
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, page) }))
			defer server.Close()
			l := shot.withoutMotion()
			l.width, l.height = 1030, 46+18*lines(text)
			p := open(t, server.URL, l)
			p.awaitText("body", "prod")
			p.picture(filepath.Join(folder, shot.name))
			reduce(t, filepath.Join(folder, shot.name))
			if err := context.Cause(t.Context()); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// reduce rounds the colours of a picture to five bits each of red, green and blue. A terminal
// then needs only a palette, and a third of the bytes.
func reduce(t *testing.T, name string) {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	picture, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	area, seen := picture.Bounds(), map[color.RGBA]bool{}
	round := func(v uint32) uint8 { return uint8(v>>8&0xf8 | v>>13) }
	for y := area.Min.Y; y < area.Max.Y; y++ {
		for x := area.Min.X; x < area.Max.X; x++ {
			r, g, b, _ := picture.At(x, y).RGBA()
			seen[color.RGBA{round(r), round(g), round(b), 0xff}] = true
		}
	}
	if len(seen) > 256 {
		t.Fatalf("%s has %d colours, more than a palette", name, len(seen))
	}
	var colours color.Palette
	for c := range seen {
		colours = append(colours, c)
	}
	reduced := image.NewPaletted(area, colours)
	draw.Draw(reduced, area, picture, area.Min, draw.Src)
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, reduced); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, b.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
}

// columns is the width of the terminal.
const columns = 120

// lines returns how many lines a string takes on the terminal.
func lines(text string) (n int64) {
	for line := range strings.SplitSeq(strings.TrimSpace(sequence.ReplaceAllString(text, "")), "\n") {
		n += 1 + int64(max(0, len([]rune(line))-1)/columns)
	}
	return n
}

// sequence is an escape sequence that sets a colour.
var sequence = regexp.MustCompile("\x1b\\[([0-9]*)m")

// terminalPage returns the content of a terminal as a page.
func terminalPage(text string, dark bool) string {
	style := map[string]string{
		"1": "font-weight:bold", "31": "color:#c01c28", "32": "color:#26703f", "33": "color:#8a5a00", "34": "color:#1a5fb4", "36": "color:#0e7a86", "90": "color:#6b6b6b",
	}
	foreground, background := "#1c1c1c", "#fcfcfa"
	if dark {
		style = map[string]string{
			"1": "font-weight:bold", "31": "color:#ff7b72", "32": "color:#7ee787", "33": "color:#e3b341", "34": "color:#79c0ff", "36": "color:#56d4dd", "90": "color:#8b949e",
		}
		foreground, background = "#e6edf3", "#0d1117"
	}
	var b strings.Builder
	at := 0
	for _, m := range sequence.FindAllStringSubmatchIndex(text, -1) {
		b.WriteString(html.EscapeString(text[at:m[0]]))
		if at = m[1]; text[m[2]:m[3]] == "0" {
			b.WriteString("</span>")
		} else {
			fmt.Fprintf(&b, `<span style="%s">`, style[text[m[2]:m[3]]])
		}
	}
	b.WriteString(html.EscapeString(text[at:]))
	return fmt.Sprintf(`<!doctype html><html lang="en"><head><meta charset="utf-8"><title>apigw</title><link rel="icon" href="data:,">
<style>body{margin:0;background:%s;color:%s}pre{margin:0;padding:20px;font:13.6px/18px "DejaVu Sans Mono",monospace;width:%dch;white-space:pre-wrap;word-break:break-all}</style>
</head><body><pre>%s</pre></body></html>`, background, foreground, columns, b.String())
}
