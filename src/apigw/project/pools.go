package project

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/go-jose/go-jose/v4"

	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/src/apigw/gateway/userpool"
	"example.com/guessing-game/src/apigw/sam"
)

// Pools finds the user pools of authorizers: with the keys that --authorizer gives, or else local
// ones, for which apigw token prints tokens. It is also the key set of the local pools.
type Pools struct {
	given    map[string]poolKeys // by authorizer
	template *sam.Template
	cache    func() (string, error)

	mu     sync.Mutex
	opened *userpool.Local
	local  map[string]bool // names of the authorizers that have a local pool
}

// poolKeys are the keys that --authorizer NAME=jwks:SOURCE[,iss=ISSUER] gives.
type poolKeys struct {
	issuer string // empty: that of the pool's ARN, or of the URL
	remote *userpool.Remote
}

// JWKSPath is the path of a pool's keys below its issuer's URL.
const JWKSPath = "/.well-known/jwks.json"

// parsePoolKeys reads what follows jwks: in --authorizer.
func parsePoolKeys(text string) poolKeys {
	source, issuer, _ := strings.Cut(text, ",iss=")
	if issuer == "" && userpool.IsURL(source) {
		issuer, _ = strings.CutSuffix(source, JWKSPath)
		if issuer == source {
			issuer = ""
		}
	}
	return poolKeys{issuer, userpool.NewRemote(source, http.DefaultClient)}
}

// Find implements gateway.Options.UserPool.
func (p *Pools) Find(authorizer, arn string) (*userpool.Pool, error) {
	issuer, err := userpool.Issuer(arn)
	given, ok := p.given[authorizer]
	if !ok {
		given, ok = p.given[gateway.AllAuthorizers]
	}
	if ok {
		if issuer = cmp.Or(given.issuer, issuer); issuer == "" {
			return nil, err
		}
		return &userpool.Pool{Issuer: issuer, Keys: given.remote}, nil
	}
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.local == nil {
		p.local = map[string]bool{}
	}
	p.local[authorizer] = true
	return &userpool.Pool{Issuer: issuer, Clients: p.Clients(arn), Keys: p}, nil
}

// Clients returns the ids of the app clients that the template has for a pool.
func (p *Pools) Clients(arn string) []string {
	i := slices.IndexFunc(p.template.UserPools, func(u *sam.UserPool) bool { return u.ARN == arn })
	if i < 0 {
		return nil
	}
	return p.template.UserPools[i].Clients
}

// Open reads the project's key, or generates it.
func (p *Pools) Open() (*userpool.Local, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.opened != nil {
		return p.opened, nil
	}
	cache, err := p.cache()
	if err != nil {
		return nil, fmt.Errorf("the key of the local user pools has no folder: %w", err)
	}
	file, err := userpool.LocalFile(cache, p.template.File)
	if err == nil {
		p.opened, err = userpool.OpenLocal(file)
	}
	return p.opened, err
}

// Key implements userpool.Keys for the local pools.
func (p *Pools) Key(ctx context.Context, id string) (*jose.JSONWebKey, error) {
	l, err := p.Open()
	if err != nil {
		return nil, err
	}
	return l.Key(ctx, id)
}

// LocalNames returns the names of the authorizers that have a local pool, sorted.
func (p *Pools) LocalNames() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Sorted(maps.Keys(p.local))
}

// ServeJWKS serves the keys of the local pools, under any issuer's path.
func (p *Pools) ServeJWKS(w http.ResponseWriter) {
	l, err := p.Open()
	var data []byte
	if err == nil {
		data, err = l.JWKS()
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Write(data)
}

// userCache is the user's cache folder.
func userCache() (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("%w: set HOME or XDG_CACHE_HOME, or pass the pool's keys with --authorizer NAME=jwks:FILE", err)
	}
	return dir, nil
}
