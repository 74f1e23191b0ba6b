package store

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// Config is the configuration of a DynamoDB store.
type Config struct {
	Table       string          // the table's name or ARN
	Region      string          // such as "eu-north-1"
	Endpoint    string          // the base URL, "" for the Region's own
	Credentials aws.Credentials // with a session token if they are a role's
	Now         Clock
	// Begin is called before each call and returns a function that is called after it; nil if not
	// needed. It is for tracing.
	Begin func(ctx context.Context, operation string) (end func(Call))
}

// Call is one finished call of DynamoDB, with all its attempts.
type Call struct {
	Operation string // "UpdateItem"
	Table     string
	Region    string
	RequestID string // of the last response, "" without one
	Status    int    // HTTP status of the last response, 0 without one
	Retries   int    // attempts after the first
	Throttled bool   // the last response asked for fewer requests
	Err       error  // nil if the call succeeded or its condition was refused
}

// ConfigFromEnv reads the configuration of the table from the variables that Lambda sets and the
// SDKs know. It does not use the SDK's chain of providers and files, which takes milliseconds to
// find the same: in a function the region and the role's credentials are in the environment for
// the whole life of the process.
//
//	AWS_REGION, AWS_DEFAULT_REGION
//	AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN
//	AWS_ENDPOINT_URL_DYNAMODB, AWS_ENDPOINT_URL
//
// The error names what is missing and what to do.
func ConfigFromEnv(table string, getenv func(string) string) (Config, error) {
	first := func(names ...string) string {
		for _, name := range names {
			if value := getenv(name); value != "" {
				return value
			}
		}
		return ""
	}
	c := Config{
		Table:    table,
		Region:   first("AWS_REGION", "AWS_DEFAULT_REGION"),
		Endpoint: first("AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL"),
		Credentials: aws.Credentials{
			AccessKeyID:     getenv("AWS_ACCESS_KEY_ID"),
			SecretAccessKey: getenv("AWS_SECRET_ACCESS_KEY"),
			SessionToken:    getenv("AWS_SESSION_TOKEN"),
		},
	}
	const why = "TABLE_NAME is set, so games are stored in DynamoDB, but %s; Lambda sets that itself, elsewhere set it (any value will do for DynamoDB Local)"
	switch {
	case c.Region == "":
		return Config{}, fmt.Errorf(why, "AWS_REGION is not set")
	case c.Credentials.AccessKeyID == "":
		return Config{}, fmt.Errorf(why, "AWS_ACCESS_KEY_ID is not set")
	case c.Credentials.SecretAccessKey == "":
		return Config{}, fmt.Errorf(why, "AWS_SECRET_ACCESS_KEY is not set")
	}
	if c.Endpoint != "" {
		u, err := url.Parse(c.Endpoint)
		if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
			return Config{}, fmt.Errorf("AWS_ENDPOINT_URL_DYNAMODB is %q; it must be a URL such as http://127.0.0.1:8000", c.Endpoint)
		}
	}
	return c, nil
}

// endpoint is the URL that requests are sent to. Partitions other than AWS's own and China's have
// other suffixes: set AWS_ENDPOINT_URL_DYNAMODB there.
// https://docs.aws.amazon.com/general/latest/gr/ddb.html
func (c Config) endpoint() string {
	switch {
	case c.Endpoint != "":
		return strings.TrimRight(c.Endpoint, "/") + "/"
	case strings.HasPrefix(c.Region, "cn-"):
		return "https://dynamodb." + c.Region + ".amazonaws.com.cn/"
	}
	return "https://dynamodb." + c.Region + ".amazonaws.com/"
}
