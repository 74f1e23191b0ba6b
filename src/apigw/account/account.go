// Package account finds the credentials of the AWS account that the developer works with: those
// of the environment, of a profile, of IAM Identity Center and so on, in the way that all of
// AWS's tools do.
package account

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
)

// Credentials returns the credentials, or an error that says why there are none.
func Credentials(ctx context.Context) (aws.CredentialsProvider, error) {
	c, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, fmt.Errorf("AWS's configuration cannot be read: %w", err)
	}
	if _, err := c.Credentials.Retrieve(ctx); err != nil {
		return nil, fmt.Errorf("there are no AWS credentials: %w", err)
	}
	return c.Credentials, nil
}

// CheckProfile returns an error if AWS's configuration on this machine has no such profile.
func CheckProfile(ctx context.Context, name string) error {
	_, err := config.LoadSharedConfigProfile(ctx, name)
	var absent config.SharedConfigProfileNotExistError
	if errors.As(err, &absent) {
		return errors.New("AWS's configuration on this machine has no such profile (~/.aws/config, ~/.aws/credentials)")
	}
	return err
}

// OfEnvironment are the credentials in environment variables; nil if there are none, so that calls
// go unsigned.
func OfEnvironment(getenv func(string) string) aws.CredentialsProvider {
	key := getenv("AWS_ACCESS_KEY_ID")
	if key == "" {
		return nil
	}
	c := aws.Credentials{AccessKeyID: key, SecretAccessKey: getenv("AWS_SECRET_ACCESS_KEY"), SessionToken: getenv("AWS_SESSION_TOKEN")}
	return aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return c, nil })
}
