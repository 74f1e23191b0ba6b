package operations

import "testing"

func TestUnknown(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		service, operation, like string
		unknown                  bool
	}{
		{"dynamodb", "GetItem", "", false},
		{"streams.dynamodb", "GetRecords", "", false},
		{"dynamodb", "GetItems", "GetItem", true},
		{"sqs", "sendMessage", "SendMessage", true},
		{"states", "StartSyncExecutions", "StartSyncExecution", true},
		{"events", "Teleport", "", true},
		{"s3", "GetObject", "", false}, // not listed
		{"nowhere", "X", "", false},
	} {
		if like, unknown := Unknown(c.service, c.operation); like != c.like || unknown != c.unknown {
			t.Errorf("%s of %s: %q, %t; want %q, %t", c.operation, c.service, like, unknown, c.like, c.unknown)
		}
	}
}
