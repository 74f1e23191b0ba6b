package standin

import (
	"net"
	"regexp"
	"strings"

	"example.com/guessing-game/src/apigw/door"
)

// Containers are host names under which functions that were written for sam local or for Docker
// find services on this machine: that of the machine itself, and those that containers of
// DynamoDB Local and LocalStack usually have.
var Containers = []string{"host.docker.internal", "dynamodb", "dynamodb-local", "localstack", "localstack-main"}

// localStackPort is the port at which LocalStack serves all of AWS.
const localStackPort = "4566"

var (
	address = regexp.MustCompile(`https?://(localhost|127\.0\.0\.1|` + strings.ReplaceAll(strings.Join(Containers, "|"), ".", `\.`) + `):(\d{2,5})\b`)
	forAWS  = regexp.MustCompile(`(?i)endpoint|dynamo|localstack|\baws`)
)

// Named returns the port of this machine at which a line of source or of a template names a
// stand-in for AWS, such as DynamoDB Local; empty if it names none.
func Named(line string) string {
	m := address.FindStringSubmatch(line)
	if m == nil || m[2] != localStackPort && !forAWS.MatchString(line) {
		return ""
	}
	return m[2]
}

// Also makes the endpoint answer at a further port of this machine, too, under all names of
// [Containers]. It reports whether nothing else listens there.
func (s *Server) Also(port string) bool {
	l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", port))
	if err != nil {
		return false
	}
	also := s.server(door.Door{Names: Containers})
	s.also = append(s.also, also)
	go also.Serve(l)
	return true
}
