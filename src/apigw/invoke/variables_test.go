package invoke

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestHostEnvironment(t *testing.T) {
	t.Parallel()
	h, _ := testHost(t, "ok", func(cfg *Config) {
		cfg.Env["TABLE_NAME"], cfg.Env["TZ"] = "games", "Europe/Vienna"
		cfg.Environ = []string{"PATH=/bin", "HOME=/nowhere", "SECRET=x", "AWS_ENDPOINT_URL_DYNAMODB=http://127.0.0.1:8000",
			"AWS_LAMBDA_FUNCTION_NAME=Other", "AWS_REGION=mars-1", "AWS_LAMBDA_EXEC_WRAPPER=/opt/wrapper", "AWS_EXECUTION_ENV=AWS_Lambda_go",
			"AWS_LAMBDA_LOG_FORMAT=JSON"}
		cfg.MemorySizeMB, cfg.Region, cfg.XRayAddress, cfg.Handler = 512, "eu-central-1", "127.0.0.1:2345", "app.handler"
	})
	var got []string
	if err := json.Unmarshal(mustInvoke(t, h, `{"do":"environ"}`).Payload, &got); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"PATH=/bin", "HOME=/nowhere", "TABLE_NAME=games", "TZ=Europe/Vienna", "AWS_ENDPOINT_URL_DYNAMODB=http://127.0.0.1:8000",
		"AWS_LAMBDA_FUNCTION_NAME=Test", "AWS_LAMBDA_FUNCTION_VERSION=$LATEST", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=512",
		"AWS_REGION=eu-central-1", "AWS_DEFAULT_REGION=eu-central-1", "AWS_LAMBDA_LOG_GROUP_NAME=/aws/lambda/Test",
		"AWS_LAMBDA_INITIALIZATION_TYPE=on-demand", "_HANDLER=app.handler", "AWS_XRAY_DAEMON_ADDRESS=127.0.0.1:2345",
		"_AWS_XRAY_DAEMON_ADDRESS=127.0.0.1", "_AWS_XRAY_DAEMON_PORT=2345", "AWS_XRAY_CONTEXT_MISSING=LOG_ERROR",
		"AWS_ACCESS_KEY_ID=local", "AWS_SECRET_ACCESS_KEY=local", "AWS_LAMBDA_LOG_FORMAT=JSON",
	} {
		if !slices.Contains(got, want) {
			t.Errorf("%s is missing in %v", want, got)
		}
	}
	for _, kv := range got {
		for _, name := range []string{"SECRET=", "AWS_LAMBDA_EXEC_WRAPPER=", "AWS_EXECUTION_ENV="} {
			if strings.HasPrefix(kv, name) {
				t.Errorf("%s was passed on", kv)
			}
		}
	}
	if !slices.ContainsFunc(got, regexp.MustCompile(`^AWS_LAMBDA_LOG_STREAM_NAME=\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}$`).MatchString) {
		t.Errorf("no log stream in %v", got)
	}
	logging := Config{LogFormat: "JSON", LogLevel: "WARN", LogGroup: "/games"}
	for environ, want := range map[string][]string{
		"A=1":                        {"AWS_LAMBDA_LOG_FORMAT=JSON", "AWS_LAMBDA_LOG_LEVEL=WARN", "AWS_LAMBDA_LOG_GROUP_NAME=/games"},
		"AWS_LAMBDA_LOG_FORMAT=Text": {"AWS_LAMBDA_LOG_FORMAT=Text", "AWS_LAMBDA_LOG_LEVEL=WARN"},
		"AWS_LAMBDA_LOG_LEVEL=DEBUG": {"AWS_LAMBDA_LOG_FORMAT=JSON", "AWS_LAMBDA_LOG_LEVEL=DEBUG"},
	} {
		logging.Environ = []string{environ}
		for got := logging.environ("", ""); len(want) > 0; want = want[1:] {
			if !slices.Contains(got, want[0]) {
				t.Errorf("with %s in the environment %s is missing in %v", environ, want[0], got)
			}
		}
	}
	own := (&Config{Environ: []string{"HOME=/nowhere", "AWS_PROFILE=me"}}).environ("", "")
	if slices.Contains(own, "AWS_ACCESS_KEY_ID=local") {
		t.Errorf("stand-in credentials hide the configured ones: %v", own)
	}
}
