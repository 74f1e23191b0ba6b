// Package windows smoke-tests the Windows build of apigw under Wine, with a function: see
// windows_test.go, which make e2e runs on amd64.
package windows
