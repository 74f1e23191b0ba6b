package recorded

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
)

// TestBinaryPayloads sends bodies to an HTTP backend and has it return bodies, with each
// contentHandling.
func TestBinaryPayloads(t *testing.T) {
	t.Parallel()
	file, err := os.Open("binarypayloads.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	bodies := map[string]string{}
	var rows [][]string
	for lines := bufio.NewScanner(file); lines.Scan(); {
		switch f := strings.Fields(lines.Text()); {
		case len(f) == 3 && f[0] == "body":
			body, err := base64.StdEncoding.DecodeString(f[2])
			if err != nil {
				t.Fatal(err)
			}
			bodies[f[1]] = string(body)
		case len(f) == 9 && f[0] != "#":
			rows = append(rows, f)
		}
	}
	if len(rows) < 50 || len(bodies) < 5 {
		t.Fatalf("%d rows, %d bodies: the file must have lost some", len(rows), len(bodies))
	}
	var mu sync.Mutex
	came := ""
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		mu.Lock()
		came = string(body)
		mu.Unlock()
		w.Header().Set("Content-Type", r.URL.Query().Get("type"))
		io.WriteString(w, bodies[r.URL.Query().Get("body")])
	}))
	defer backend.Close()
	addresses := map[string]string{} // by binaryMediaTypes
	for _, media := range []string{"none", "image/png"} {
		document := "openapi: 3.0.1\ninfo: {title: binary, version: '1'}\n"
		if media != "none" {
			document += "x-amazon-apigateway-binary-media-types: [" + media + "]\n"
		}
		document += "paths:\n"
		for _, handling := range []string{"none", "CONVERT_TO_TEXT", "CONVERT_TO_BINARY"} {
			set := ""
			if handling != "none" {
				set = "contentHandling: " + handling + ", "
			}
			const mapped = "integration.request.querystring.type: method.request.querystring.type, integration.request.querystring.body: method.request.querystring.body"
			document += fmt.Sprintf("  /request/%s: {post: {responses: {'200': {}}, x-amazon-apigateway-integration: {type: http, httpMethod: POST, uri: '%s/', %sresponses: {default: {statusCode: 200}}}}}\n", handling, backend.URL, set)
			document += fmt.Sprintf("  /response/%s: {get: {responses: {'200': {}}, x-amazon-apigateway-integration: {type: http, httpMethod: GET, uri: '%s/', requestParameters: {%s}, responses: {default: {%sstatusCode: 200}}}}}\n", handling, backend.URL, mapped, set)
		}
		addresses[media] = start(t, document, nil, nil, "--stage", "dev")
	}
	for _, f := range rows {
		direction, handling, media, contentType, accept, body, want := f[0], f[1], f[2], f[3], f[4], f[5], bodies[f[6]]
		got, status := "", ""
		if direction == "request" {
			status, _, _ = send(t, addresses[media], "localhost", "POST /dev/request/"+handling+"\nContent-Type: "+contentType+"\n\n"+bodies[body])
			mu.Lock()
			got = came
			mu.Unlock()
		} else {
			status, _, got = send(t, addresses[media], "localhost", "GET /dev/response/"+handling+"?type="+contentType+"&body="+body+"\nAccept: "+accept)
		}
		if got != want || !strings.HasPrefix(status, "HTTP/1.1 200") {
			t.Errorf("%s\n got %q (%s)\nwant %q", strings.Join(f, " "), got, status, want)
		}
	}
}
