// Command function is the guessing game as an AWS Lambda function. It has no notion of HTTP: it
// takes the events that package game describes and returns events, or Lambda's own error payload.
//
// Environment variables:
//
//	TABLE_NAME                  the DynamoDB table; without it games live in this process's memory
//	AWS_ENDPOINT_URL_DYNAMODB   where DynamoDB is, if not at the Region's own endpoint; see store.ConfigFromEnv
//	AWS_EMF_NAMESPACE           write metrics in CloudWatch's embedded metric format under this namespace
//	AWS_XRAY_SDK_DISABLED       TRUE switches tracing off
//	AWS_XRAY_DAEMON_ADDRESS     where trace segments go (UDP); Lambda sets it
//	AWS_LAMBDA_LOG_FORMAT       JSON or Text, as the function's LoggingConfig says; Lambda sets it
//	AWS_LAMBDA_LOG_LEVEL        DEBUG, INFO, WARN or ERROR; Lambda sets it
//	LAMBDA_LOOP                 "standard" serves through lambda.Start instead of the program's own loop;
//	                            it writes its own line for each error, in addition to the function's
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"example.com/guessing-game/src/lambdaloop"
	"example.com/guessing-game/src/rawio"
	"example.com/guessing-game/src/store"
	"example.com/guessing-game/src/xray"
)

func main() { os.Exit(run(os.Getenv, rawio.Writer(os.Stdout), os.Stderr)) }

// run is the program: it serves events until the Runtime API goes away and returns the process's
// exit code: 0 if that was after an event, 2 if it was not started by Lambda or an emulation of it.
func run(getenv func(string) string, stdout, stderr io.Writer) int {
	api := getenv("AWS_LAMBDA_RUNTIME_API")
	if api == "" {
		fmt.Fprintln(stderr, "this program is a Lambda function: it takes its events from the Runtime API whose address is in AWS_LAMBDA_RUNTIME_API.\n"+
			"Lambda sets that, and so do `make start`, `apigw start` and `sam local`.")
		return 2
	}
	log := newLogger(getenv, stdout)
	start, h, err := configure(getenv, stdout, log)
	if err != nil {
		log.Error("the function cannot start", "error", err.Error())
		if err := lambdaloop.FailInit(api, configurationError, configurationError+": "+err.Error()); err != nil {
			log.Error("cannot report the failure to Lambda", "error", err.Error())
		}
		return 1
	}
	err = start(api, h)
	if errors.Is(err, lambdaloop.ErrGone) {
		log.Debug("the function ends", "reason", err.Error())
		return 0
	}
	log.Error("the function ends", "error", err.Error())
	return 1
}

// configurationError is the errorType of an environment in which the function
// cannot start.
const configurationError = "ConfigurationError"

// configure assembles the function from the environment.
func configure(getenv func(string) string, stdout io.Writer, log *slog.Logger) (lambdaloop.Loop, *handler, error) {
	start, err := lambdaloop.FromEnv(getenv)
	if err != nil {
		return nil, nil, err
	}
	tracer, err := xray.New(getenv, describe)
	if err != nil {
		return nil, nil, err
	}
	games, err := openStore(getenv, tracer)
	if err != nil {
		return nil, nil, err
	}
	return start, &handler{
		games:   games,
		random:  rand.Reader,
		tracer:  tracer,
		log:     log,
		metrics: newMetrics(getenv, stdout, time.Now),
	}, nil
}

// openStore chooses where games are stored.
func openStore(getenv func(string) string, tracer xray.Tracer) (store.Store, error) {
	table := getenv("TABLE_NAME")
	if table == "" {
		return store.NewMemory(time.Now), nil
	}
	config, err := store.ConfigFromEnv(table, getenv)
	if err != nil {
		return nil, err
	}
	config.Now = time.Now
	config.Begin = func(ctx context.Context, _ string) func(store.Call) {
		_, segment := tracer.Begin(ctx, "DynamoDB")
		return func(call store.Call) { segment.EndCall(xray.Call(call)) }
	}
	return store.NewDynamoDB(config), nil
}
