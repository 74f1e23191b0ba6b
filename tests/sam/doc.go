// Package sam holds what the project promises with the SAM CLI, by the real SAM CLI, SAM
// translator, cfn-lint, checkov and Docker. `make e2e` runs it; the scripts beside it install the
// tools, pinned, and start an engine where none runs.
//
// What no test without AWS can show: that CloudFormation carries the template out, that CodeDeploy
// shifts traffic, that alarms fire.
package sam
