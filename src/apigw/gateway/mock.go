package gateway

import (
	"errors"
	"math/big"
	"strconv"

	"example.com/guessing-game/src/apigw/gateway/jsonsmart"
	"example.com/guessing-game/src/apigw/vtl/java"
)

// mock is the integration without a backend: the request template names the status that selects the
// response.
func (x *exchange) mock() (*clientResponse, *failure) {
	body, _, f := x.integrationRequest()
	if f != nil {
		return nil, f
	}
	s := x.begin("integration")
	status, ok := mockStatus(x.budget, body)
	if s != nil {
		s.Input, s.Output = body, status
	}
	if !ok {
		f := &failure{kind: kindConfiguration, log: mockStatusLog, cause: errMockStatus}
		x.end(s, f.cause)
		return nil, f
	}
	x.end(s, nil)
	x.result.status, _ = strconv.Atoi(status)
	return x.integrationResponse(status)
}

var errMockStatus = errors.New(`the request template of a mock integration must render an object with a whole number for statusCode, such as {"statusCode": 200}`)

// mockStatus reads the status code from the output of a MOCK integration's request template: a
// whole number in the member statusCode of a JSON object, read permissively ({statusCode: 200} is
// accepted, "200" in quotes is not).
func mockStatus(b *java.Budget, rendered string) (string, bool) {
	v, err := jsonsmart.Parse(b, rendered)
	if err != nil {
		return "", false
	}
	m, ok := v.(*java.Map)
	if !ok {
		return "", false
	}
	code, _ := m.Get("statusCode")
	switch n := code.(type) {
	case int32:
		return strconv.Itoa(int(n)), true
	case int64:
		return strconv.FormatInt(n, 10), true
	case *big.Int:
		return n.String(), true
	}
	return "", false
}

const mockStatusLog = "Execution failed due to configuration error: Unable to parse statusCode. It should be an integer that is defined in the request template."
