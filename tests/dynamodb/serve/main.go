// Command serve starts DynamoDB Local, creates the table of games, and runs until it is
// interrupted. `make dynamodb` runs it.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"example.com/guessing-game/tests/dynamodb"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	flags.SetOutput(stderr)
	port := flags.Int("port", 8000, "the port to listen on, 0 for a free one")
	table := flags.String("table", "games", "the table to create")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	local, err := dynamodb.Start(ctx, *port, stderr)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	defer local.Stop()
	if err := local.CreateTable(ctx, *table); err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	fmt.Fprintf(stdout, "DynamoDB Local is at %s, with the table %s. For a program that is to use it:\n\n  export TABLE_NAME=%s %s\n\nPress Ctrl-C to stop; its games are lost.\n",
		local.URL, *table, *table, strings.Join(local.Env(), " "))
	<-ctx.Done()
	return 0
}
