// Package localstack holds apigw compare and apigw record to LocalStack, a second implementation of
// API Gateway and of its TestInvokeMethod, with an engine of its own:
// https://docs.localstack.cloud/aws/services/apigateway/
package localstack
