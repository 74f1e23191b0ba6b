package provision

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"example.com/guessing-game/src/apigw/document"
	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/src/apigw/sam"
)

// services answers with what it is given, in turn, and afterwards with 200.
type services struct {
	answers []string // with the status 400
	asked   []string // the operation or the method and path, and the body
}

func (s *services) Send(_ context.Context, r *gateway.UpstreamRequest) (*gateway.UpstreamResponse, error) {
	what, body := r.Header.Get("X-Amz-Target"), r.Body
	if what == "" {
		what = r.Method + " " + r.URL.Path
	}
	if r.Header.Get("Content-Type") == "application/x-www-form-urlencoded" {
		form, err := url.ParseQuery(body)
		if err != nil {
			return nil, err
		}
		what, body = form.Get("Action"), ""
		for _, name := range []string{"Name", "TopicArn", "Protocol", "Endpoint", "Attributes.entry.1.key", "Attributes.entry.1.value"} {
			if form.Has(name) {
				body += " " + name + "=" + form.Get(name)
			}
		}
	}
	s.asked = append(s.asked, strings.TrimSpace(what+" "+strings.TrimSpace(body)))
	status, answer := http.StatusOK, "{}"
	if len(s.answers) > 0 {
		status, answer, s.answers = http.StatusBadRequest, s.answers[0], s.answers[1:]
	}
	return &gateway.UpstreamResponse{Status: status, Body: io.NopCloser(strings.NewReader(answer))}, nil
}

// Each kind of resource is created by the requests that the service's API reference documents
// (https://docs.aws.amazon.com/, CreateTable and so on), whose members partly differ from the
// properties of CloudFormation.
func TestRequests(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind, properties, region string
		want                     []string
		left                     string
	}{
		{"AWS::Serverless::SimpleTable", "{PrimaryKey: {Name: pk, Type: Number}}", "", []string{
			`DynamoDB_20120810.CreateTable {"AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"N"}],"BillingMode":"PAY_PER_REQUEST","KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],"TableName":"It"}`,
		}, ""},
		{"AWS::DynamoDB::Table", `{ProvisionedThroughput: {ReadCapacityUnits: "5", WriteCapacityUnits: 1}, StreamSpecification: {StreamViewType: NEW_IMAGE, ResourcePolicy: {}},
  TimeToLiveSpecification: {AttributeName: ttl, Enabled: "true"}}`, "", []string{
			`DynamoDB_20120810.CreateTable {"BillingMode":"PROVISIONED","ProvisionedThroughput":{"ReadCapacityUnits":5,"WriteCapacityUnits":1},"StreamSpecification":{"StreamEnabled":true,"StreamViewType":"NEW_IMAGE"},"TableName":"It"}`,
			`DynamoDB_20120810.UpdateTimeToLive {"TableName":"It","TimeToLiveSpecification":{"AttributeName":"ttl","Enabled":true}}`,
		}, ""},
		{"AWS::DynamoDB::GlobalTable", "{GlobalSecondaryIndexes: [{IndexName: i, KeySchema: [], ProvisionedThroughput: {}, ContributorInsightsSpecification: {}}]}", "", []string{
			`DynamoDB_20120810.CreateTable {"BillingMode":"PAY_PER_REQUEST","GlobalSecondaryIndexes":[{"IndexName":"i","KeySchema":[]}],"TableName":"It"}`,
		}, ""},
		{"AWS::SQS::Queue", "{QueueName: x, VisibilityTimeout: 30, RedrivePolicy: {maxReceiveCount: 3}, Tags: []}", "", []string{
			`AmazonSQS.CreateQueue {"Attributes":{"RedrivePolicy":"{\"maxReceiveCount\":3}","VisibilityTimeout":"30"},"QueueName":"It"}`,
		}, ""},
		{"AWS::SNS::Topic", "{FifoTopic: true, Subscription: [{Protocol: sqs, Endpoint: 'arn:aws:sqs:q'}, {Protocol: email, Endpoint: a@b.c}]}", "", []string{
			"CreateTopic Name=It Attributes.entry.1.key=FifoTopic Attributes.entry.1.value=true", "Subscribe TopicArn=arn:aws:it Protocol=sqs Endpoint=arn:aws:sqs:q",
		}, "its subscription: nothing here receives messages by email"},
		{"AWS::SNS::Subscription", "{TopicArn: 'arn:t', Protocol: firehose, Endpoint: 'arn:f', RawMessageDelivery: true}", "", []string{
			"Subscribe TopicArn=arn:t Protocol=firehose Endpoint=arn:f Attributes.entry.1.key=RawMessageDelivery Attributes.entry.1.value=true",
		}, ""},
		{"AWS::SNS::Subscription", "{TopicArn: 'arn:t', Protocol: lambda, Endpoint: 'arn:f'}", "", nil, "its target is a function, which the stand-in cannot reach"},
		{"AWS::S3::Bucket", "{}", "us-east-1", []string{"PUT /It"}, ""},
		{"AWS::S3::Bucket", "{NotificationConfiguration: {}}", "", []string{
			`PUT /It <CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>`,
		}, "its notifications"},
		{"AWS::Kinesis::Stream", "{}", "", []string{`Kinesis_20131202.CreateStream {"ShardCount":1,"StreamName":"It"}`}, ""},
		{"AWS::Kinesis::Stream", "{StreamModeDetails: {StreamMode: ON_DEMAND}}", "", []string{`Kinesis_20131202.CreateStream {"StreamModeDetails":{"StreamMode":"ON_DEMAND"},"StreamName":"It"}`}, ""},
		{"AWS::KinesisFirehose::DeliveryStream", "{DeliveryStreamType: DirectPut, S3DestinationConfiguration: {BufferingHints: {SizeInMBs: '1'}}, Tags: []}", "", []string{
			`Firehose_20150804.CreateDeliveryStream {"DeliveryStreamName":"It","DeliveryStreamType":"DirectPut","S3DestinationConfiguration":{"BufferingHints":{"SizeInMBs":1}}}`,
		}, ""},
		{"AWS::Events::EventBus", "{}", "", []string{`AWSEvents.CreateEventBus {"Name":"It"}`}, ""},
		{"AWS::Events::Rule", "{ScheduleExpression: rate(1 minute)}", "", nil, "it is a schedule, and time has no effect here"},
		{"AWS::Events::Rule", "{EventBusName: b, EventPattern: {source: [x]}, Targets: [{Id: q, Arn: 'arn:aws:sqs:q'}, {Id: f, Arn: 'arn:aws:lambda:f'}]}", "", []string{
			`AWSEvents.PutRule {"EventBusName":"b","EventPattern":"{\"source\":[\"x\"]}","Name":"It"}`,
			`AWSEvents.PutTargets {"EventBusName":"b","Rule":"It","Targets":[{"Arn":"arn:aws:sqs:q","Id":"q"}]}`,
		}, "a target: its target is a function, which the stand-in cannot reach"},
		{"AWS::Logs::LogStream", "{LogGroupName: g}", "", []string{`Logs_20140328.CreateLogStream {"logGroupName":"g","logStreamName":"It"}`}, ""},
		{"AWS::SSM::Parameter", "{Type: String, Value: v}", "", []string{`AmazonSSM.PutParameter {"Name":"It","Type":"String","Value":"v"}`}, ""},
		{"AWS::SecretsManager::Secret", "{SecretString: s}", "", []string{`secretsmanager.CreateSecret {"Name":"It","SecretString":"s"}`}, ""},
		{"AWS::SecretsManager::Secret", `{GenerateSecretString: {SecretStringTemplate: '{"user": "me"}', GenerateStringKey: password}}`, "", []string{
			`secretsmanager.CreateSecret {"Name":"It","SecretString":"{\"password\":\"local\",\"user\":\"me\"}"}`,
		}, ""},
	} {
		node, err := document.Parse("properties", []byte(c.properties), document.Options{})
		if err != nil {
			t.Fatalf("%s: %v", c.properties, err)
		}
		region := "eu-west-1"
		if c.region != "" {
			region = c.region
		}
		var out services
		made := Create(t.Context(), &out, region, []*sam.Creatable{{ID: "It", Name: "It", ARN: "arn:aws:it", Kind: c.kind, Properties: node}}, func(*gateway.Service) bool { return true }, nil)
		if !slices.Equal(out.asked, c.want) {
			t.Errorf("%s %s:\n got %s\nwant %s", c.kind, c.properties, strings.Join(out.asked, "\n     "), strings.Join(c.want, "\n     "))
		}
		if len(made) != 1 || made[0].Err != nil || made[0].Left != c.left || made[0].Whole != (c.want == nil) {
			t.Errorf("%s %s: %+v, want it without %q", c.kind, c.properties, made, c.left)
		}
	}
}

// What exists already is left, and what needs another resource is created after that.
func TestRefused(t *testing.T) {
	t.Parallel()
	queues := []*sam.Creatable{{ID: "A", Name: "A", Kind: "AWS::SQS::Queue"}, {ID: "B", Name: "B", Kind: "AWS::SQS::Queue"}}
	for _, c := range []struct {
		name    string
		answers []string
		asked   int
		there   bool
		err     string
	}{
		{"it exists, in JSON", []string{`{"__type":"com.amazonaws.sqs#QueueNameExists","message":"x"}`}, 2, true, ""},
		{"it exists, in XML", []string{`<ErrorResponse><Error><Code>QueueAlreadyExists</Code></Error></ErrorResponse>`}, 2, true, ""},
		{"it needs the other", []string{`{"__type":"InvalidParameterValue","message":"no such queue"}`}, 3, false, ""},
		{"never", slices.Repeat([]string{`<Error><Code>Denied</Code><Message>no</Message></Error>`}, 9), 4, false, "status 400: Denied no"},
		{"not an error of AWS", slices.Repeat([]string{"<html>"}, 9), 4, false, "status 400: <html>"},
	} {
		out := &services{answers: c.answers}
		made := Create(t.Context(), out, "eu-west-1", queues, func(*gateway.Service) bool { return true }, nil)
		err := ""
		if made[0].Err != nil {
			err = made[0].Err.Error()
		}
		if len(out.asked) != c.asked || made[0].There != c.there || err != c.err {
			t.Errorf("%s: %d requests, %+v", c.name, len(out.asked), made[0])
		}
	}
}
