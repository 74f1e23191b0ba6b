package main

import (
	"github.com/spf13/cobra"

	"example.com/guessing-game/src/apigw/cli"
	"example.com/guessing-game/src/apigw/webadapter"
)

// adapterName is the command that runs functions behind Lambda Web Adapter. Nobody types it.
const adapterName = "web-adapter"

func newWebAdapter(s *cli.System) *cobra.Command {
	cmd := &cobra.Command{
		Use:    adapterName + " own-port|fixed-port COMMAND…",
		Short:  "Run a web server as a Lambda function",
		Hidden: true,
		Args:   cli.Takes(2, cli.Many),
		RunE: func(cmd *cobra.Command, args []string) error {
			if s.Getenv("AWS_LAMBDA_RUNTIME_API") == "" {
				return cli.Usagef("apigw %s runs as a Lambda function, whose surroundings set AWS_LAMBDA_RUNTIME_API; apigw start runs it", adapterName)
			}
			return webadapter.Run(cmd.Context(), s.Getenv, args[0] == "fixed-port", args[1:])
		},
	}
	cmd.Flags().SetInterspersed(false) // the flags are those of the server's command
	return cmd
}
