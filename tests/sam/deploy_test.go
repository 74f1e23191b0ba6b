//go:build e2e

package sam

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/google/go-containerregistry/pkg/registry"
	"go.yaml.in/yaml/v4"
)

// aws stands in for the services that `sam deploy` talks to. S3, CloudFormation and the rest are
// moto's, which stores what it gets; the test relies on nothing that moto makes of it. Two
// responses are ours, so that the image goes to a registry on this machine: the token of ECR, and
// STS's account, from which SAM derives the name of the repository,
// ACCOUNT.dkr.ecr.REGION.amazonaws.com/…
type aws struct {
	url      string
	registry string // host:port

	mu         sync.Mutex
	changeSets []url.Values
}

func startAWS(t testing.TB) *aws {
	t.Helper()
	images := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	t.Cleanup(images.Close)
	a := &aws{registry: images.Listener.Addr().String()}

	moto, _ := serve(t, root, nil, "http://127.0.0.1:PORT/moto-api/", tool(t, "sam", "moto_server"), "--port", "PORT")
	target, err := url.Parse(strings.TrimSuffix(moto, "/moto-api/"))
	if err != nil {
		t.Fatal(err)
	}
	toMoto := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".GetAuthorizationToken") {
			w.Header().Set("Content-Type", "application/x-amz-json-1.1")
			fmt.Fprintf(w, `{"authorizationData":[{"authorizationToken":%q,"expiresAt":4102444800,"proxyEndpoint":"http://%s"}]}`,
				base64.StdEncoding.EncodeToString([]byte("AWS:token")), a.registry)
			return
		}
		if r.Method == http.MethodPost && strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			form, _ := url.ParseQuery(string(body))
			switch form.Get("Action") {
			case "GetCallerIdentity":
				w.Header().Set("Content-Type", "text/xml")
				fmt.Fprintf(w, `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>`+
					`<Arn>arn:aws:iam::123456789012:user/rehearsal</Arn><UserId>A</UserId><Account>%s/123456789012</Account>`+
					`</GetCallerIdentityResult></GetCallerIdentityResponse>`, a.registry)
				return
			case "CreateChangeSet":
				a.mu.Lock()
				a.changeSets = append(a.changeSets, maps.Clone(form))
				a.mu.Unlock()
				// moto cannot read a SAM template. It gets one that it can execute, so that the
				// command continues.
				form.Del("TemplateURL")
				form.Set("TemplateBody", `{"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}`)
				body = []byte(form.Encode())
			}
			r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		}
		toMoto.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	// By its name, from which moto recognizes that a template with this URL is its own.
	a.url = strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
	// The bucket that SAM keeps in an account that it has deployed to. SAM would create one, but
	// moto forgets the outputs of a stack that a change set made.
	run(t, root, a.environment(), tool(t, "awscli", "aws"), "cloudformation", "create-stack", "--stack-name", "aws-sam-cli-managed-default",
		"--tags", "Key=ManagedStackSource,Value=AwsSamCli", "--template-body", `{"Resources": {"SamCliSourceBucket": {"Type": "AWS::S3::Bucket"}},
		"Outputs": {"SourceBucket": {"Value": {"Ref": "SamCliSourceBucket"}}}}`)
	return a
}

func (a *aws) environment() []string {
	return []string{"AWS_ENDPOINT_URL=" + a.url, "AWS_ACCESS_KEY_ID=rehearsal", "AWS_SECRET_ACCESS_KEY=rehearsal"}
}

// object gets an object from S3 by its URL, s3://bucket/key or one with bucket and key in the
// path.
func (a *aws) object(t testing.TB, name string) string {
	t.Helper()
	if u, err := url.Parse(name); err == nil && u.Scheme != "s3" {
		name = "s3:/" + u.Path
	}
	return run(t, root, a.environment(), tool(t, "awscli", "aws"), "s3", "cp", "--quiet", name, "-")
}

var (
	colours  = regexp.MustCompile(`\x1b\[[0-9;?]*[a-zA-Z]`)
	question = regexp.MustCompile(`(?m)^\s*(.+?) ?(\[[^\[\]]*\])?:\s*$`)
)

// converse runs a command in a terminal, answers every question with Enter, or with what answers
// has for it, and returns the questions in order and everything that was on the screen.
func converse(t testing.TB, dir string, env []string, answers map[string]string, name string, args ...string) (questions []string, screen string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env = dir, environment(append(env, "TERM=dumb", "COLUMNS=200")...)
	terminal, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 50, Cols: 200})
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	deadline := time.AfterFunc(5*time.Minute, func() { cmd.Process.Kill() })
	defer deadline.Stop()
	var all strings.Builder
	line := "" // the text of the last line
	buf := make([]byte, 4096)
	for {
		n, err := terminal.Read(buf)
		text := strings.ReplaceAll(colours.ReplaceAllString(string(buf[:n]), ""), "\r", "")
		all.WriteString(text)
		line += text
		if i := strings.LastIndexByte(line, '\n'); i >= 0 {
			line = line[i+1:]
		}
		if m := question.FindStringSubmatch(line); m != nil && strings.HasSuffix(line, ": ") {
			questions = append(questions, m[1])
			if _, err := io.WriteString(terminal, answers[m[1]]+"\n"); err != nil {
				t.Fatal(err)
			}
			line = ""
		}
		if err != nil { // EIO when the other side has closed
			break
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%s %s: %v\n%s", filepath.Base(name), strings.Join(args, " "), err, all.String())
	}
	return questions, all.String()
}

func TestSamDeployGuided(t *testing.T) {
	p := built(t)
	// A separate clone, since the command writes to samconfig.toml.
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(p.dir)); err != nil {
		t.Fatal(err)
	}
	a := startAWS(t)
	env := append(a.environment(), p.engine)
	questions, screen := converse(t, dir, env, nil, tool(t, "sam", "sam"), "deploy", "--guided")

	// It asks what it must: the stack, the parameters, and what SAM asks everybody.
	want := []string{"Stack Name", "AWS Region"}
	for _, name := range parametersInOrder(t) {
		want = append(want, "Parameter "+name)
	}
	want = append(want, "Confirm changes before deploy", "Allow SAM CLI IAM role creation", "Disable rollback",
		"Save arguments to configuration file", "SAM configuration file", "SAM configuration environment")
	for i, q := range questions {
		questions[i] = strings.TrimSpace(strings.NewReplacer("[y/N]", "", "[Y/n]", "").Replace(q))
	}
	if !slices.Equal(questions, want) {
		t.Errorf("questions %q\nwant      %q\n%s", questions, want, screen)
	}
	if strings.Contains(screen, "has no authentication") {
		t.Error("it asks about missing authentication")
	}
	if !strings.Contains(screen, "Successfully created/updated stack - guessing-game in eu-north-1") {
		t.Errorf("not deployed:\n%s", screen)
	}

	// The change set that CloudFormation received.
	var change url.Values
	for _, c := range a.changeSets {
		if c.Get("StackName") == "guessing-game" {
			change = c
		}
	}
	if change == nil {
		t.Fatalf("no change set for the stack; there are %v", a.changeSets)
	}
	if got := change.Get("Capabilities.member.1"); got != "CAPABILITY_IAM" {
		t.Errorf("capability is %q", got)
	}
	if got := change.Get("Tags.member.1.Key") + "=" + change.Get("Tags.member.1.Value"); got != "application=guessing-game" {
		t.Errorf("tag is %q", got)
	}
	given := map[string]string{}
	for i := 1; change.Has(fmt.Sprintf("Parameters.member.%d.ParameterKey", i)); i++ {
		given[change.Get(fmt.Sprintf("Parameters.member.%d.ParameterKey", i))] = change.Get(fmt.Sprintf("Parameters.member.%d.ParameterValue", i))
	}
	for name, parameter := range source(t).Parameters {
		if got := given[name]; got != fmt.Sprint(parameter.Default) {
			t.Errorf("%s is %q, the default is %v", name, got, parameter.Default)
		}
	}

	// The packaged template, and what it points to.
	packaged := a.object(t, change.Get("TemplateURL"))
	image := regexp.MustCompile(`ImageUri: (\S+)`).FindStringSubmatch(packaged)
	if image == nil || !regexp.MustCompile(`:gamefunction-[0-9a-f]{12}-latest$`).MatchString(image[1]) {
		t.Fatalf("the image has no tag of its own: %q", image)
	}
	location := regexp.MustCompile(`Location: (\S+)`).FindStringSubmatch(packaged)
	if location == nil {
		t.Fatal("the packaged template includes nothing")
	}
	if a.object(t, location[1]) != readIn(t, dir, "openapi/api.yaml") {
		t.Error("the document that was uploaded is not openapi/api.yaml")
	}
	manifestIsOne(t, image[1])

	// The next `sam deploy` uses what was saved, and the rest of the file is unchanged.
	saved := readIn(t, dir, "samconfig.toml")
	kept := []string{`stack_name = "guessing-game"`, `region = "eu-north-1"`, "[default.local_start_api.parameters]", "resolve_image_repos = true", "Rollout="}
	kept = append(kept, regexp.MustCompile(`(?m)^#.*$`).FindAllString(readIn(t, p.dir, "samconfig.toml"), -1)...)
	for _, line := range kept {
		if !strings.Contains(saved, line) {
			t.Errorf("samconfig.toml lacks %q:\n%s", line, saved)
		}
	}
	out := run(t, dir, env, tool(t, "sam", "sam"), "deploy", "--no-fail-on-empty-changeset")
	if !strings.Contains(out, "No changes to deploy") && !strings.Contains(out, "Successfully created/updated stack") {
		t.Errorf("a second deployment without questions: %s", out)
	}
	// The same image gets the same tag; another build would get another one.
	again := regexp.MustCompile(`gamefunction-[0-9a-f]{12}-latest`).FindString(a.object(t, a.changeSets[len(a.changeSets)-1].Get("TemplateURL")))
	if !strings.HasSuffix(image[1], again) || again == "" {
		t.Errorf("tags %q and %q", image[1], again)
	}
}

// manifestIsOne requests an image from the registry as Lambda does, which does not accept an
// index of several: an image of BuildKit with provenance, or of the containerd store, would be
// one.
func manifestIsOne(t testing.TB, image string) {
	t.Helper()
	host, rest, _ := strings.Cut(image, "/")
	name, tag, _ := strings.Cut(rest, ":")
	r, err := http.NewRequest(http.MethodGet, "http://"+host+"/v2/"+name+"/manifests/"+tag, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	allowed := []string{"application/vnd.docker.distribution.manifest.v2+json", "application/vnd.oci.image.manifest.v1+json"}
	if kind := resp.Header.Get("Content-Type"); resp.StatusCode != 200 || !slices.Contains(allowed, kind) {
		t.Errorf("%d, the manifest is %q, and Lambda takes %q\n%s", resp.StatusCode, kind, allowed, body)
	}
}

func parametersInOrder(t testing.TB) []string {
	t.Helper()
	var doc struct {
		Parameters yaml.Node `yaml:"Parameters"`
	}
	if err := yaml.Unmarshal([]byte(read(t, "template.yaml")), &doc); err != nil {
		t.Fatal(err)
	}
	var names []string
	for i := 0; i < len(doc.Parameters.Content); i += 2 {
		names = append(names, doc.Parameters.Content[i].Value)
	}
	return names
}

func readIn(t testing.TB, dir, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestEnvironments(t *testing.T) {
	t.Parallel()
	// The real CLI reads the file: an environment deploys what it describes.
	config := read(t, "samconfig.toml")
	for _, env := range []string{"default", "dev", "prod"} {
		section := regexp.MustCompile(`(?s)\[` + env + `\.deploy\.parameters\]\n(.*?)\n\[|$`).FindStringSubmatch(config + "\n[")
		if section == nil {
			t.Fatalf("no [%s.deploy.parameters]", env)
		}
		for _, line := range []string{`capabilities = "CAPABILITY_IAM"`, "resolve_s3 = true", "resolve_image_repos = true", "application=guessing-game"} {
			if !strings.Contains(section[1], line) {
				t.Errorf("%s lacks %s", env, line)
			}
		}
		// Every override is a parameter of the template, with a value that it allows.
		parameters := source(t).Parameters
		overrides := regexp.MustCompile(`parameter_overrides = "(.*)"`).FindStringSubmatch(section[1])
		if overrides == nil {
			continue
		}
		for _, pair := range strings.Fields(overrides[1]) {
			name, value, _ := strings.Cut(pair, "=")
			p, known := parameters[name]
			if !known {
				t.Errorf("%s sets %s; there is %q", env, name, slices.Sorted(maps.Keys(parameters)))
			}
			if len(p.AllowedValues) > 0 && !slices.ContainsFunc(p.AllowedValues, func(v any) bool { return fmt.Sprint(v) == value }) {
				t.Errorf("%s sets %s to %q, of %v", env, name, value, p.AllowedValues)
			}
		}
	}
	if !regexp.MustCompile(`(?s)\[prod\.deploy\.parameters\].*confirm_changeset = true`).MatchString(config) {
		t.Error("prod deploys without being asked")
	}
}
