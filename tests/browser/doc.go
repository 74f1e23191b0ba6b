// Package browser holds the tests that need a real browser: the page to play on and the trace page,
// in headless Chromium, by mouse, keyboard and touch. tests/browser/install.sh installs what they
// need.
//
//	go test -tags e2e ./tests/browser
//	go test -tags e2e ./tests/browser -run TestPictures -pictures docs/pictures
package browser
