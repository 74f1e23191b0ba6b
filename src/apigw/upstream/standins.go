package upstream

import "fmt"

// standIn is a program that people run in place of a service.
type standIn struct{ name, command, url string }

// standIns are those for single services; moto's server stands in for nearly all.
var standIns = map[string]standIn{
	"dynamodb": {"DynamoDB Local", "docker run -p 8000:8000 amazon/dynamodb-local", "http://127.0.0.1:8000"},
	"sqs":      {"ElasticMQ", "docker run -p 9324:9324 softwaremill/elasticmq-native", "http://127.0.0.1:9324"},
	"states":   {"Step Functions Local", "docker run -p 8083:8083 amazon/aws-stepfunctions-local", "http://127.0.0.1:8083"},
}

var moto = standIn{"moto's server", "pip install 'moto[server]' && moto_server -p 5000", "http://127.0.0.1:5000"}

// Advice tells how to set an endpoint for a service: a command for a stand-in, and the two other
// ways.
func Advice(service string) string {
	s, ok := standIns[service]
	if !ok {
		s = moto
	}
	text := fmt.Sprintf("%s stands in for it: %s, then --endpoint %s=%s", s.name, s.command, service, s.url)
	if ok {
		text += fmt.Sprintf(" (or %s, --endpoint %s=%s)", moto.command, service, moto.url)
	}
	return text + fmt.Sprintf("\nOr set AWS_ENDPOINT_URL_%s or AWS_ENDPOINT_URL as for AWS's SDKs; --aws sends to the real account.", namingOfName(service))
}
