package main

import (
	"github.com/spf13/cobra"

	"example.com/guessing-game/src/apigw/cli"
	"example.com/guessing-game/src/apigw/render"
	"example.com/guessing-game/src/apigw/vtl"
)

func newRender(s *cli.System) *cobra.Command {
	var engine, file, contextFile string
	cmd := &cobra.Command{
		Use:   "render [-f TEMPLATE [-c CONTEXT.json]]",
		Short: "Render Velocity templates",
		Long: `Render Velocity templates: one file, or a stream of JSON lines.

With -f, the template of a file is rendered with the variables of a JSON object and written to standard output.

Without it, every line of standard input is a JSON object with a template, its variables, and an id of any kind; for every line
there is one on standard output, in the same order and at once, so that a program can drive apigw render through pipes:

  {"id": 1, "template": "Hello $name!", "context": {"name": "world"}}
  {"id":1,"output":"Hello world!"}
  {"id": 2, "template": "#if(true"}
  {"id":2,"error":"…","line":1,"column":…}

JSON becomes what a Java program would pass to Velocity: LinkedHashMap, ArrayList, String, Boolean, null, Integer (else Long, else
BigInteger) and Double. A line that cannot be rendered yields an error object and does not end the run. Empty lines, and objects with
neither an id nor a template, are skipped.

Engines:
  apigateway   Velocity 1.7 as API Gateway sets it up: a null reference renders as nothing;
               no #macro, no #evaluate
  velocity     stock Apache Velocity 1.7`,
		Example: `  apigw render -f hello.vtl -c variables.json
  echo '{"id":1,"template":"$a","context":{"a":[1,2]}}' | apigw render --engine velocity`,
		Args: cli.Takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			var setting vtl.Setting
			switch engine {
			case "apigateway":
				setting = vtl.APIGateway
			case "velocity":
				setting = vtl.Velocity
			default:
				return cli.Usagef("--engine %q: it must be apigateway or velocity", engine)
			}
			if file == "" {
				if contextFile != "" {
					return cli.Usagef("--context goes with --file; on standard input every line has its own context")
				}
				return render.Lines(cmd.Context(), s.Stdin, s.Stdout, setting)
			}
			return render.File(cmd.Context(), s.Stdout, setting, file, contextFile)
		},
	}
	f := cmd.Flags()
	f.StringVar(&engine, "engine", "apigateway", "`NAME` of the engine whose behaviour to follow: apigateway or velocity")
	cli.OneOf(cmd, "engine", "apigateway", "velocity")
	f.StringVarP(&file, "file", "f", "", "render the template in this `FILE`")
	f.StringVarP(&contextFile, "context", "c", "", "`FILE` with a JSON object, the variables of the template")
	return cmd
}
