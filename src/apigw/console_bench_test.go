package main

import (
	"io"
	"log/slog"
	"testing"
	"time"

	"example.com/guessing-game/src/apigw/console"
	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/src/apigw/invoke"
	"example.com/guessing-game/src/apigw/project"
	"example.com/guessing-game/src/apigw/sam"
	"example.com/guessing-game/src/apigw/tracing"
)

// BenchmarkConsole measures the cost of the console for a request whose function logs a line.
func BenchmarkConsole(b *testing.B) {
	out := console.NewLines(io.Discard)
	st := &starter{log: slog.New(slog.NewTextHandler(io.Discard, nil)), out: out, err: out, console: &console.Console{Width: console.UsualWidth}}
	start := time.Now()
	e := &gateway.Execution{
		Method: "POST", Path: "/prod/games/abe63716-f7c0-4d70-9383-db6ed4dad15d", Status: 201, Start: start, End: start.Add(time.Millisecond),
		Steps: []gateway.Step{{Name: "request mapping", Template: &gateway.Template{}}, {Name: "integration"}, {Name: "response mapping"}},
	}
	line := []byte(console.Indentation + `{"time":"2026-11-30T03:35:34.123Z","level":"INFO","msg":"event","kind":"gameRequested","outcome":"GameCreated","ms":0.123}` + "\n")
	b.ReportAllocs()
	for b.Loop() {
		st.observe(&tracing.Answered{API: &project.API{API: &sam.API{}}, Execution: e, Report: invoke.Report{Billed: time.Millisecond}, Unseen: line})
	}
}
