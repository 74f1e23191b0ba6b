// Package local says where an application runs that no account was named for: in the account and
// Region of AWS's own examples, which `sam local` uses as well.
package local

const (
	AccountID = "123456789012"
	Region    = "us-east-1"
)
