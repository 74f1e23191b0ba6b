package runtimes

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"example.com/guessing-game/src/apigw/sam"
)

// publicLayers are layers of AWS accounts that anybody may use and whose content a package registry
// also has: that is used instead.
var publicLayers = []struct {
	name     *regexp.Regexp // of the layer
	kind     string         // of the runtime
	module   string         // that such a function imports; for Node.js the beginning of its packages' names
	packages string         // to install; for Node.js their version
}{
	// https://docs.powertools.aws.dev/lambda/python/latest/getting-started/install/
	{regexp.MustCompile(`^AWSLambdaPowertoolsPythonV3-`), "python", "aws_lambda_powertools", "aws-lambda-powertools[all]>=3,<4"},
	{regexp.MustCompile(`^AWSLambdaPowertoolsPythonV2(-|$)`), "python", "aws_lambda_powertools", "aws-lambda-powertools[all]>=2,<3"},
	{regexp.MustCompile(`^AWSLambdaPowertoolsPython(-|$)`), "python", "aws_lambda_powertools", "aws-lambda-powertools>=1,<2"},
	// https://aws-sdk-pandas.readthedocs.io/en/stable/layers.html
	{regexp.MustCompile(`^AWSSDKPandas-Python`), "python", "awswrangler", "awswrangler"},
	// https://docs.powertools.aws.dev/lambda/typescript/latest/getting-started/lambda-layers/
	{regexp.MustCompile(`^AWSLambdaPowertoolsTypeScriptV2$`), "nodejs", "@aws-lambda-powertools/", "2"},
	{regexp.MustCompile(`^AWSLambdaPowertoolsTypeScript$`), "nodejs", "@aws-lambda-powertools/", "1"},
}

// layerName is the name in the ARN of a layer, arn:aws:lambda:us-east-1:017000801446:layer:NAME:7;
// it is empty for anything else.
func layerName(layer string) string {
	a, _ := arn.Parse(layer)
	name, _, _ := strings.Cut(strings.TrimPrefix(a.Resource, "layer:"), ":")
	return name
}

// publicLayer is the index of a layer among publicLayers; -1 if it is not one of them, or is for
// another runtime.
func publicLayer(arn, kind string) int {
	for i, known := range publicLayers {
		if known.kind == kind && known.name.MatchString(layerName(arn)) {
			return i
		}
	}
	return -1
}

// publicPython returns the packages that replace a public layer for a Python that lacks them; nil
// for any other layer.
func (f *Finder) publicPython(arn string, i *interpreter) *packageSet {
	n := publicLayer(arn, "python")
	if n < 0 || f.hasModule(i, publicLayers[n].module) {
		return nil
	}
	what := publicLayers[n].packages
	return &packageSet{
		what: "the layer " + layerName(arn) + " (" + what + ")", kind: "python" + i.version, key: []byte(what), fix: pasted(i.path, "-m", "pip", "install", what),
		run: func(ctx context.Context, to string) error { return pip(ctx, "", i, to, what) },
	}
}

// publicNode is the version of a package in a public layer of a function; empty if none has it.
func publicNode(name string, layers []sam.Layer) string {
	for _, layer := range slices.Backward(layers) {
		if n := publicLayer(layer.ARN, "nodejs"); n >= 0 && strings.HasPrefix(name, publicLayers[n].module) {
			return publicLayers[n].packages
		}
	}
	return ""
}
