// Package apps runs small applications of every kind with apigw start; its tests need interpreters
// and are for make e2e.
package apps
