package main

import (
	"github.com/spf13/cobra"

	"example.com/guessing-game/src/apigw/cli"
	"example.com/guessing-game/src/apigw/webadapter"
)

func newWebAdapter(s *cli.System) *cobra.Command {
	cmd := &cobra.Command{
		Use:    webadapter.Command + " own-port|fixed-port COMMAND…",
		Short:  "Run a web server as a Lambda function",
		Hidden: true,
		Args:   cli.Takes(2, cli.Many),
		RunE: func(cmd *cobra.Command, args []string) error {
			if s.Getenv("AWS_LAMBDA_RUNTIME_API") == "" {
				return cli.Usagef("apigw %s runs as a Lambda function, whose surroundings set AWS_LAMBDA_RUNTIME_API; apigw start runs it", webadapter.Command)
			}
			return webadapter.Run(cmd.Context(), s.Getenv, args[0] == "fixed-port", args[1:])
		},
	}
	cmd.Flags().SetInterspersed(false) // the flags are those of the server's command
	return cmd
}
