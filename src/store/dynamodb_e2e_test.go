//go:build e2e

package store_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"example.com/guessing-game/src/store"
	"example.com/guessing-game/src/store/storetest"
	"example.com/guessing-game/tests/dynamodb"
)

const table = "games"

// local is the DynamoDB Local of this package's tests.
var local *dynamodb.Local

func TestMain(m *testing.M) {
	var err error
	ctx := context.Background()
	if local, err = dynamodb.Start(ctx, 0, os.Stderr); err == nil {
		err = local.CreateTable(ctx, table)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	local.Stop()
	os.Exit(code)
}

// config is the configuration for the local table, at its own endpoint or another.
func config(now store.Clock, endpoint string) store.Config {
	return store.Config{
		Table:       table,
		Region:      "eu-north-1",
		Endpoint:    endpoint,
		Credentials: aws.Credentials{AccessKeyID: "a", SecretAccessKey: "s", SessionToken: "t"},
		Now:         now,
	}
}

func TestDynamoDBKeepsTheContract(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(_ *testing.T, now store.Clock) store.Store { return store.NewPatient(config(now, local.URL)) })
}

func unmarshal(t *testing.T, text string, v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), v); err != nil {
		t.Fatal(err)
	}
}

func cause(err error) error { return errors.Unwrap(err) }
