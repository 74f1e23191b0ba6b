package main

import "testing"

func TestBlock(t *testing.T) {
	t.Parallel()
	if got, want := block("body: {\x1b\r\nSun Nov 29 : forged\n"), "body: {�\n  | Sun Nov 29 : forged\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
