package main

import (
	"errors"
	"log/slog"
	"net/http"

	"github.com/spf13/cobra"

	"example.com/guessing-game/src/apigw/cli"
	"example.com/guessing-game/src/apigw/explain"
	"example.com/guessing-game/src/apigw/functions"
	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/src/apigw/gateway/mask"
	"example.com/guessing-game/src/apigw/lambdaproxy"
	"example.com/guessing-game/src/apigw/project"
	"example.com/guessing-game/src/apigw/tracing"
)

func newLambda(s *cli.System) *cobra.Command {
	var o project.Source
	var b functions.Flags
	var level string
	var hidden []string
	cmd := &cobra.Command{
		Use:   "lambda",
		Short: "Run the gateway itself as a Lambda function behind aws_proxy",
		Long: `Run the gateway itself as a Lambda function behind an aws_proxy integration, so that sam local start-api, which supports no other kind,
serves an API with mapping templates.

It takes the proxy events of its own function from the Lambda Runtime API, serves them as apigw start would, and runs the functions of
the template as child processes. Routes are at the root, as under a custom domain name: /games rather than /prod/games. It listens
on nothing but the loopback interface.`,
		Example: `  apigw lambda --template /var/task/template.yaml --function GameFunction=/var/task/function`,
		Args:    cli.Takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if s.Getenv("AWS_LAMBDA_RUNTIME_API") == "" {
				return cli.Usagef("apigw lambda runs inside Lambda or sam local, which set AWS_LAMBDA_RUNTIME_API; use apigw start on a laptop")
			}
			l, err := parseLevel(level)
			if err != nil {
				return err
			}
			p, err := o.Load(s)
			if err != nil {
				return err
			}
			masker := mask.New(hidden)
			log := slog.New(slog.NewTextHandler(masker.Records(s.Stderr), &slog.HandlerOptions{Level: l}))
			w := functions.Surroundings{System: s, Region: o.Region, Account: o.Account, Logs: s.Stderr, Platform: true, Masker: masker, Log: log, Client: functions.NewClient()}
			fs, err := b.New(p, w)
			if err != nil {
				return err
			}
			if err := b.Connect(fs, nil, w); err != nil {
				return err
			}
			observe := func(x *tracing.Answered) {
				if text := explain.Failure(x.API.API, x.Execution); text != "" && x.Execution.Status >= 500 {
					log.Error(text)
				}
			}
			sv, err := newServing(&o, p, fs, gateway.Options{Mask: hidden, Log: log, Root: true}, observe, nil)
			if err != nil {
				fs.Close()
				return err
			}
			lambdaproxy.Start(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { sv.serve(w, r, 0) }))
			fs.Close()
			return errors.New("the Lambda environment has ended")
		},
	}
	f := cmd.Flags()
	o.Register(f)
	b.Register(f)
	f.StringVar(&level, "log-level", "info", "log `LEVEL`: off, error, warn, info or debug")
	cli.OneOf(cmd, "log-level", levels...)
	f.StringSliceVar(&hidden, "mask", nil, "`NAMES` of JSON members, parameters and headers whose values logs show as ***")
	return cmd
}
