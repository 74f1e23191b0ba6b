// Package sam checks what the project promises for the SAM CLI, with the real SAM CLI, SAM
// translator, cfn-lint, checkov and Docker. `make e2e` runs it; the scripts next to it install the
// tools, pinned, and start an engine if none is running.
//
// What no test without AWS can show: that CloudFormation deploys the template, that CodeDeploy
// shifts traffic, that alarms fire.
package sam
