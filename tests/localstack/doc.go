// Package localstack runs apigw compare and apigw record against LocalStack, a second
// implementation of API Gateway and of its TestInvokeMethod, with its own engine:
// https://docs.localstack.cloud/aws/services/apigateway/
package localstack
