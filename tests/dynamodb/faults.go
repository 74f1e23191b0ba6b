//go:build e2e

package dynamodb

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
)

// Proxy is a TCP proxy in front of a Local that can be made to misbehave.
type Proxy struct {
	URL   string
	proxy *toxiproxy.Proxy
}

// StartProxy starts a proxy on a free port.
func (l *Local) StartProxy() (*Proxy, error) {
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(prometheus.NewRegistry()), zerolog.Nop())
	p := toxiproxy.NewProxy(server, "dynamodb", "127.0.0.1:0", strings.TrimPrefix(l.URL, "http://"))
	if err := p.Start(); err != nil {
		return nil, err
	}
	return &Proxy{URL: "http://" + p.Listen, proxy: p}, nil
}

// Stop ends the proxy and cuts its connections.
func (p *Proxy) Stop() { p.proxy.Stop() }

// Cut ends the proxy's connections in the middle of whatever they carry, and
// lets new ones in at once.
func (p *Proxy) Cut() error {
	p.proxy.Stop()
	return p.proxy.Start()
}

// Toxic is a way to misbehave, in toxiproxy's words:
// https://github.com/Shopify/toxiproxy#toxics
type Toxic struct {
	Type       string         `json:"type"`
	Stream     string         `json:"stream"` // "upstream" or "downstream"
	Toxicity   float64        `json:"toxicity"`
	Attributes map[string]any `json:"attributes"`
}

// Poison makes the proxy misbehave in one way more.
func (p *Proxy) Poison(t Toxic) error {
	b, err := json.Marshal(t)
	if err != nil {
		return err
	}
	if _, err := p.proxy.Toxics.AddToxicJson(strings.NewReader(string(b))); err != nil {
		return fmt.Errorf("toxic %s: %w", b, err)
	}
	return nil
}

// Heal makes the proxy behave.
func (p *Proxy) Heal(ctx context.Context) { p.proxy.Toxics.ResetToxics(ctx) }

// Counter is an HTTP proxy in front of a Local that counts requests.
type Counter struct {
	http.Handler
	requests atomic.Int64
}

// NewCounter makes a Counter.
func (l *Local) NewCounter() *Counter {
	target, err := url.Parse(l.URL)
	if err != nil {
		panic(err) // Start made it
	}
	c := &Counter{}
	forward := httputil.NewSingleHostReverseProxy(target)
	c.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.requests.Add(1)
		forward.ServeHTTP(w, r)
	})
	return c
}

// Take gives the number of requests since the last Take.
func (c *Counter) Take() int { return int(c.requests.Swap(0)) }
