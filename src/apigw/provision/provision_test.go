package provision

import (
	"testing"

	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/src/apigw/sam"
)

// Resources of a service that a route uses are reported if they are not created, whatever
// CloudFormation calls the service.
func TestNotMadeIsNamed(t *testing.T) {
	t.Parallel()
	for kind, service := range map[string]string{
		"AWS::Cognito::UserPool": "cognito-idp", "AWS::SES::Template": "email", "AWS::CloudWatch::Alarm": "monitoring", "AWS::Batch::JobQueue": "batch",
	} {
		made := Create(t.Context(), nil, "eu-west-1", []*sam.Creatable{{ID: "It", Kind: kind}}, func(*gateway.Service) bool { return true }, []string{service})
		want := "apigw does not create resources of type " + kind + "; create it at the stand-in by other means"
		if len(made) != 1 || made[0].What != "It" || made[0].Service != service || made[0].Left != want {
			t.Errorf("%s: %+v", kind, made)
		}
		if made := Create(t.Context(), nil, "eu-west-1", []*sam.Creatable{{ID: "It", Kind: kind}}, nil, nil); len(made) > 0 {
			t.Errorf("%s, though no route leads to %s: %+v", kind, service, made)
		}
	}
}
