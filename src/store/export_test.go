package store

import "crypto/x509"

// Size is the number of records in memory.
func Size(m *Memory) int { return len(m.games) }

// Endpoint is where a configuration's requests go.
func Endpoint(c Config) string { return c.endpoint() }

// AmazonRoots are the certificates that are trusted first.
var AmazonRoots = amazonRoots

// NewAtAWS makes a store that takes its endpoint for AWS's own: it trusts
// Amazon's roots, then the system's, for which roots stand in.
func NewAtAWS(c Config, roots *x509.CertPool) *DynamoDB {
	d := NewDynamoDB(c)
	d.client.roots = rootsFor(Config{Region: c.Region})
	d.client.roots[1] = func() *x509.CertPool { return roots }
	return d
}
