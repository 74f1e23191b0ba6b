// Command empty is the minimum cost of the usual way: lambda.Start of aws-lambda-go with a
// handler that does nothing.
package main

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"
)

func main() {
	lambda.Start(func(context.Context, any) (any, error) { return struct{}{}, nil })
}
