package store

import (
	"crypto/x509"
	"encoding/json"
	"time"

	"example.com/guessing-game/src/game"
)

// Size is the number of records in memory.
func Size(m *Memory) int { return len(m.games) }

// Endpoint is where a configuration's requests go.
func Endpoint(c Config) string { return c.endpoint() }

// AmazonRoots are the certificates that are trusted first.
var AmazonRoots = amazonRoots

// NewPatient makes a store that allows DynamoDB a minute for an attempt, for tests that count
// attempts on a busy machine.
func NewPatient(c Config) *DynamoDB {
	d := NewDynamoDB(c)
	d.client.attempt, d.client.call = time.Minute, time.Minute
	return d
}

// NewAtAWS makes a store that treats its endpoint as AWS's own: it trusts Amazon's roots, then the
// system's, for which roots stand in.
func NewAtAWS(c Config, roots *x509.CertPool) *DynamoDB {
	d := NewPatient(c)
	d.client.roots = rootsFor(Config{Region: c.Region})
	d.client.roots[1] = func() *x509.CertPool { return roots }
	return d
}

// DecodeItem decodes an item in DynamoDB's JSON.
func DecodeItem(id game.ID, text []byte) (game.Game, error) {
	var it item
	if err := json.Unmarshal(text, &it); err != nil {
		return game.Game{}, err
	}
	r, err := decode(id, it)
	return r.game, err
}
