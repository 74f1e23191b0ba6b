// Package local says where an application runs if no account was named: in the account and Region
// of AWS's own examples, which `sam local` uses as well.
package local

const (
	AccountID = "123456789012"
	Region    = "us-east-1"
)
