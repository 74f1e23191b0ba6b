package gateway

import (
	"math/big"
	"strconv"

	"example.com/guessing-game/src/apigw/gateway/jsonsmart"
	"example.com/guessing-game/src/apigw/vtl/java"
)

// mockStatus reads the status code out of what a MOCK integration's request template rendered: the whole number that the member
// statusCode of a JSON object has, as a permissive reader sees it ({statusCode: 200} will do, "200" in quotes will not).
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
