//go:build e2e

package moto

import (
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"example.com/guessing-game/tests/serve"
)

const (
	json10 = "application/x-amz-json-1.0"
	json11 = "application/x-amz-json-1.1"
)

// TestCreate creates every kind of resource that apigw start --create knows, and queries the
// services about each through routes of the template.
func TestCreate(t *testing.T) {
	t.Parallel()
	server, err := Start(t.Context(), t.Output())
	if err != nil {
		t.Fatal(err)
	}
	defer server.Stop()
	apigw := filepath.Join(t.TempDir(), "apigw")
	if out, err := exec.Command("go", "build", "-o", apigw, "../../src/apigw").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	env := []string{"AWS_ENDPOINT_URL=" + server.URL, "AWS_REGION=us-east-1"}
	a := serve.Start(t, apigw, "testdata", env, "--create")
	for _, line := range []string{
		"  table Table created (dynamodb)",
		"  queue Queue.fifo created (sqs)",
		"  topic Topic created (sns)\n    without its subscription: nothing here receives messages by email",
		"  subscription Caller was not created (sns): its target is a function, which the stand-in cannot reach",
		"  rule Rule created (events)\n    without a target: its target is a function, which the stand-in cannot reach",
		"  rule Nightly was not created (events): it is a schedule, and time has no effect here",
		"  Archive was not created (events): apigw does not create resources of type AWS::Events::Archive; create it at the stand-in by other means",
	} {
		if !strings.Contains(a.String(), line+"\n") {
			t.Errorf("the greeting has no %q", line)
		}
	}
	if strings.Contains(a.String(), "could not create") {
		t.Errorf("not all is made:\n%s", a)
	}
	if again := serve.Start(t, apigw, "testdata", env, "--create").String(); strings.Contains(again, "could not create") || !strings.Contains(again, "table Table already exists (dynamodb)") {
		t.Errorf("the second start:\n%s", again)
	}
	for _, c := range []struct {
		name, path, target, kind, body string
		want                           []string // that the response contains
	}{
		{"table", "table", "DynamoDB_20120810.DescribeTable", json10, `{"TableName": "Table"}`, []string{
			`"ReadCapacityUnits": 3`, `"IndexName": "local"`, `"IndexName": "global"`, `"ReadCapacityUnits": 2`, `"StreamViewType": "NEW_IMAGE"`, `"StreamEnabled": true`}},
		{"time to live", "table", "DynamoDB_20120810.DescribeTimeToLive", json10, `{"TableName": "Table"}`, []string{`"AttributeName": "until"`, `"TimeToLiveStatus": "ENABLED"`}},
		{"queue", "queue", "AmazonSQS.GetQueueAttributes", json10, `{"QueueUrl": "http://q/123456789012/Queue.fifo", "AttributeNames": ["All"]}`, []string{
			`"VisibilityTimeout": "7"`, `"ContentBasedDeduplication": "true"`, `:dead.fifo`, `\"maxReceiveCount\"`}},
		{"topic", "topic", "", "application/x-www-form-urlencoded", "Action=ListSubscriptionsByTopic&Version=2010-03-31&TopicArn=arn:aws:sns:us-east-1:123456789012:Topic", []string{`:Inbox"`, `:Letters"`}},
		{"publish a note", "topic", "", "application/x-www-form-urlencoded", "Action=Publish&Version=2010-03-31&TopicArn=arn:aws:sns:us-east-1:123456789012:Topic&Message=note", []string{"MessageId"}},
		{"publish a letter", "topic", "", "application/x-www-form-urlencoded", "Action=Publish&Version=2010-03-31&TopicArn=arn:aws:sns:us-east-1:123456789012:Topic&Message=dear" +
			"&MessageAttributes.entry.1.Name=kind&MessageAttributes.entry.1.Value.DataType=String&MessageAttributes.entry.1.Value.StringValue=letter", []string{"MessageId"}},
		{"letters get letters alone, raw", "queue", "AmazonSQS.ReceiveMessage", json10, `{"QueueUrl": "http://q/123456789012/Letters", "MaxNumberOfMessages": 10}`, []string{`"Body": "dear"`, "!note"}},
		{"event", "events", "AWSEvents.PutEvents", json11, `{"Entries": [{"Source": "shop", "DetailType": "t", "Detail": "{\"sold\": 7}", "EventBusName": "parcels"}]}`, []string{`"FailedEntryCount": 0`}},
		{"the queue got messages and the event", "queue", "AmazonSQS.ReceiveMessage", json10, `{"QueueUrl": "http://q/123456789012/Inbox", "MaxNumberOfMessages": 10}`, []string{`note`, `dear`, `sold`, "!DetailType"}},
		{"state machine", "machine", "", "", `{"stateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:Machine"}`, []string{`"EXPRESS"`, `\"Result\":\"Table\"`}},
		{"stream", "stream", "", "", `{"StreamName": "clicks"}`, []string{`"OpenShardCount": 2`}},
		{"stream on demand", "stream", "", "", `{"StreamName": "OnDemand"}`, []string{`"ON_DEMAND"`}},
		{"delivery stream", "delivery", "", "", `{"DeliveryStreamName": "Delivery", "Record": {"Data": "eA=="}}`, []string{`"RecordId"`}},
		{"parameter", "parameter", "AmazonSSM.GetParameter", json11, `{"Name": "/shop/greeting"}`, []string{`"Value": "hello"`}},
		{"secret", "secret", "secretsmanager.GetSecretValue", json11, `{"SecretId": "shop"}`, []string{`{\"key\": 7}`}},
		{"secret by the ARN that Ref gives", "secret", "secretsmanager.GetSecretValue", json11, `{"SecretId": "arn:aws:secretsmanager:us-east-1:123456789012:secret:shop"}`, []string{`{\"key\": 7}`}},
		{"secret that AWS generates", "secret", "secretsmanager.GetSecretValue", json11, `{"SecretId": "generated"}`, []string{`\"password\":\"local\"`, `\"user\":\"me\"`}},
		{"log stream", "logs", "Logs_20140328.PutLogEvents", json11, `{"logGroupName": "shop", "logStreamName": "lines", "logEvents": [{"timestamp": 1, "message": "m"}]}`, []string{"nextSequenceToken"}},
		{"bucket", "files/a", "", "", "text", []string{""}},
	} {
		t.Run(c.name, func(t *testing.T) {
			method := http.MethodPost
			if strings.HasPrefix(c.path, "files/") {
				method = http.MethodPut
			}
			req, err := http.NewRequestWithContext(t.Context(), method, a.REST[0]+c.path, strings.NewReader(c.body))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/json")
			if c.target != "" {
				req.Header.Set("X-Target", c.target)
			}
			if c.kind != "" {
				req.Header.Set("X-Type", c.kind)
			}
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			answer, err := io.ReadAll(resp.Body)
			if err != nil {
				t.Fatal(err)
			}
			if resp.StatusCode != http.StatusOK {
				t.Errorf("status %d", resp.StatusCode)
			}
			for _, want := range c.want {
				if not, ok := strings.CutPrefix(want, "!"); ok == strings.Contains(string(answer), strings.TrimPrefix(want, "!")) {
					t.Errorf("%q against the answer %s %s", want, answer, not)
				}
			}
		})
	}
}
