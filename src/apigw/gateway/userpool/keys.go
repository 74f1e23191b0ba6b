package userpool

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"

	"example.com/guessing-game/src/apigw/document"
)

// Set is an immutable set of keys.
type Set jose.JSONWebKeySet

// Key implements Keys.
func (s *Set) Key(_ context.Context, id string) (*jose.JSONWebKey, error) {
	for i := range s.Keys {
		if s.Keys[i].KeyID == id && s.Keys[i].IsPublic() && s.Keys[i].Valid() {
			return &s.Keys[i], nil
		}
	}
	return nil, fmt.Errorf("the pool has no key %q", id)
}

// Limits for remote key sets.
const (
	maxSet       = 1 << 20          // bytes
	fetchTimeout = 10 * time.Second // to receive a set
	fetchPause   = 30 * time.Second // between lookups of a key that the set does not have
)

// Remote is the key set of a file or URL. It is read on first use, and again when a token names a
// key that it lacks.
type Remote struct {
	source string
	client *http.Client

	mu   sync.Mutex
	set  *Set
	read time.Time
}

// NewRemote makes the key set of a file, or of an http or https URL.
func NewRemote(source string, client *http.Client) *Remote {
	return &Remote{source: source, client: client}
}

// IsURL reports whether a source of keys is a URL rather than a file.
func IsURL(source string) bool {
	return strings.HasPrefix(source, "https://") || strings.HasPrefix(source, "http://")
}

// Key implements Keys.
func (r *Remote) Key(ctx context.Context, id string) (*jose.JSONWebKey, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.set != nil {
		if key, err := r.set.Key(ctx, id); err == nil || time.Since(r.read) < fetchPause {
			return key, err
		}
	}
	data, err := r.load(ctx)
	if err == nil {
		r.set, err = ParseSet(data)
	}
	if err != nil {
		return nil, fmt.Errorf("the keys of the pool cannot be read from %s: %w", r.source, err)
	}
	r.read = time.Now()
	return r.set.Key(ctx, id)
}

// Check reads the set, so that a mistake in its source is found before a token needs it.
func (r *Remote) Check(ctx context.Context) error {
	_, err := r.Key(ctx, "")
	if r.set != nil {
		return nil // the only error is that no key has an empty name
	}
	return err
}

func (r *Remote) load(ctx context.Context) ([]byte, error) {
	if !IsURL(r.source) {
		return document.ReadGiven(r.source)
	}
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.source, nil)
	if err != nil {
		return nil, err
	}
	resp, err := r.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("status %s", resp.Status)
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxSet+1))
	if err == nil && len(data) > maxSet {
		err = fmt.Errorf("more than %d bytes", maxSet)
	}
	return data, err
}

// ParseSet reads a JSON Web Key Set.
func ParseSet(data []byte) (*Set, error) {
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(data, &set); err != nil {
		return nil, fmt.Errorf("it is not a JSON Web Key Set: %w", err)
	}
	if len(set.Keys) == 0 {
		return nil, errors.New(`it is not a JSON Web Key Set with keys: {"keys": [{"kty": "RSA", "kid": …}]}`)
	}
	return (*Set)(&set), nil
}
