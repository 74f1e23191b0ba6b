package upstream

import (
	_ "embed"
	"strings"
	"sync"

	"example.com/guessing-game/src/apigw/gateway"
)

// names has, for each service that SDKs name differently from its host name: the name in the host
// name, that for signatures, and the identifiers of AWS_ENDPOINT_URL_<SERVICE>. It is generated
// from botocore's models (endpointPrefix, signingName, serviceId).
//
//go:embed names.txt
var names string

type naming struct {
	signing string
	sdk     []string
}

var namings = sync.OnceValue(func() map[string]naming {
	all := map[string]naming{}
	for line := range strings.Lines(names) {
		words := strings.Fields(line)
		all[words[0]] = naming{words[1], words[2:]}
	}
	return all
})

// namingOf returns the names of a service, which may be another with its subdomain:
// streams.dynamodb.
func namingOf(s *gateway.Service) naming {
	for _, host := range []string{s.Subdomain + "." + s.Name, s.Name} {
		if n, ok := namings()[host]; ok {
			return n
		}
	}
	return naming{s.Name, []string{strings.ToUpper(strings.NewReplacer("-", "_", ".", "_").Replace(s.Name))}}
}

// namingOfName is the identifier of a service in AWS_ENDPOINT_URL_<SERVICE>.
func namingOfName(name string) string { return namingOf(&gateway.Service{Name: name}).sdk[0] }
