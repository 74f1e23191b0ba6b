// Package dynamodb runs DynamoDB Local for the tests and for `make dynamodb`.
// It needs Java 17 and what the script fetch, next to this file, downloads.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/DynamoDBLocal.html
package dynamodb

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// Local is a running DynamoDB Local; its tables are in memory.
type Local struct {
	URL   string // such as "http://127.0.0.1:8000"
	cmd   *exec.Cmd
	ended chan struct{} // closed when the process is gone
}

// Env returns the environment of a program that is to use this table. The names of the Region and
// the credentials do not matter: DynamoDB Local runs with -sharedDb.
func (l *Local) Env() []string {
	return []string{
		"AWS_ENDPOINT_URL_DYNAMODB=" + l.URL,
		"AWS_REGION=local",
		"AWS_ACCESS_KEY_ID=local",
		"AWS_SECRET_ACCESS_KEY=local",
	}
}

// startTimeout is how long DynamoDB Local may take; it takes about a second.
const startTimeout = time.Minute

// Start downloads DynamoDB Local if necessary, starts it on a port, 0 for a free one, and waits
// until it responds. Its log goes to log.
func Start(ctx context.Context, port int, log io.Writer) (*Local, error) {
	jars, err := fetch(ctx, log)
	if err != nil {
		return nil, err
	}
	if port != 0 {
		return start(ctx, jars, port, log)
	}
	// A port that is free now may be taken when Java opens it.
	for try := 1; ; try++ {
		if port, err = freePort(); err != nil {
			return nil, err
		}
		l, err := start(ctx, jars, port, log)
		if !errors.Is(err, errEnded) || try == 3 {
			return l, err
		}
	}
}

var errEnded = errors.New("DynamoDB Local has ended; its log says why")

func start(ctx context.Context, jars string, port int, log io.Writer) (*Local, error) {
	cmd := exec.Command("java",
		"-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx512m",
		"-Djava.library.path="+jars, "-Dsqlite4java.library.path="+jars,
		"-cp", filepath.Join(jars, "*"),
		"software.amazon.dynamodb.services.local.main.ServerRunner",
		"-inMemory", "-sharedDb", "-disableTelemetry", "-port", fmt.Sprint(port))
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting DynamoDB Local: %w", err)
	}
	l := &Local{URL: fmt.Sprintf("http://127.0.0.1:%d", port), cmd: cmd, ended: make(chan struct{})}
	go func() {
		cmd.Wait()
		close(l.ended)
	}()
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for {
		_, err := l.Call(ctx, "ListTables", "{}")
		if err == nil {
			return l, nil
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-l.ended:
			return nil, errEnded
		case <-ctx.Done():
			l.Stop()
			return nil, fmt.Errorf("DynamoDB Local does not respond: %w", err)
		}
	}
}

// Stop ends the process; its tables are gone.
func (l *Local) Stop() {
	l.cmd.Process.Kill()
	<-l.ended
}

// fetch runs the script next to this file and returns the folder of the jars.
func fetch(ctx context.Context, log io.Writer) (string, error) {
	_, file, _, _ := runtime.Caller(0)
	script := filepath.Join(filepath.Dir(file), "fetch")
	if _, err := os.Stat(script); err != nil {
		return "", fmt.Errorf("the script %s is missing: build without -trimpath", script)
	}
	cmd := exec.CommandContext(ctx, script)
	cmd.Stderr = log
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("fetching DynamoDB Local: %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}

// freePort finds a port that is currently unused.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// CreateTable creates the table of games as in template.yaml.
func (l *Local) CreateTable(ctx context.Context, name string) error {
	_, err := l.Call(ctx, "CreateTable", fmt.Sprintf(`{
		"TableName": %q,
		"AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
		"KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
		"BillingMode": "PAY_PER_REQUEST"
	}`, name))
	if err != nil {
		return err
	}
	_, err = l.Call(ctx, "UpdateTimeToLive", fmt.Sprintf(`{
		"TableName": %q,
		"TimeToLiveSpecification": {"AttributeName": "expires_at", "Enabled": true}
	}`, name))
	if err != nil {
		return err
	}
	return l.warm(ctx, name)
}

// warm uses each operation until Java has loaded what it needs for it: on a busy machine the
// first use takes longer than the function waits.
func (l *Local) warm(ctx context.Context, table string) error {
	const key = `"Key": {"id": {"S": "warm"}}`
	for range 5 {
		for _, request := range []struct{ operation, body string }{
			{"PutItem", `"Item": {"id": {"S": "warm"}, "guesses": {"L": []}, "n": {"N": "1"}}, "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
				"ConditionExpression": "attribute_not_exists(id) OR expires_at <= :now", "ExpressionAttributeValues": {":now": {"N": "1"}}`},
			{"UpdateItem", key + `, "UpdateExpression": "SET guesses = list_append(guesses, :g)", "ReturnValues": "ALL_NEW",
				"ConditionExpression": "attribute_exists(n) AND size(guesses) < :three AND NOT contains(guesses, n)",
				"ExpressionAttributeValues": {":g": {"L": [{"N": "2"}]}, ":three": {"N": "3"}}`},
			{"GetItem", key + `, "ConsistentRead": true`},
			{"DeleteItem", key},
		} {
			if _, err := l.Call(ctx, request.operation, fmt.Sprintf(`{"TableName": %q, %s}`, table, request.body)); err != nil {
				return err
			}
		}
	}
	return nil
}

// Call sends any request of DynamoDB's API and returns the body of the response; a response that is
// not a success is an error.
func (l *Local) Call(ctx context.Context, operation, body string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, l.URL, strings.NewReader(body))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/x-amz-json-1.0")
	req.Header.Set("X-Amz-Target", "DynamoDB_20120810."+operation)
	hash := sha256.Sum256([]byte(body))
	credentials := aws.Credentials{AccessKeyID: "local", SecretAccessKey: "local"}
	if err := v4.NewSigner().SignHTTP(ctx, credentials, req, hex.EncodeToString(hash[:]), "dynamodb", "local", time.Now()); err != nil {
		return "", err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	var answer bytes.Buffer
	if _, err := answer.ReadFrom(resp.Body); err != nil {
		return "", err
	}
	if resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s: %s: %s", operation, resp.Status, answer.String())
	}
	return answer.String(), nil
}
