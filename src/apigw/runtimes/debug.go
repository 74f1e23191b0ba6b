package runtimes

import "example.com/guessing-game/src/apigw/sam"

// Debug says which function to start under a debugger.
type Debug struct {
	Function string // logical ID
	Port     int
}

func (d *Debug) attach(f *Finder, fn *sam.Function, l *Launch, kind string) error {
	return nil
}
