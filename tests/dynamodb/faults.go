//go:build e2e

package dynamodb

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
)

// Proxy is a TCP proxy in front of a Local that can be made to misbehave.
type Proxy struct {
	URL   string
	proxy *toxiproxy.Proxy
}

// StartProxy starts a proxy on a free port. The port is below the range for outgoing connections,
// so that none of them takes it during Cut.
func (l *Local) StartProxy() (*Proxy, error) {
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(prometheus.NewRegistry()), zerolog.Nop())
	var err error
	for range 100 {
		listen := fmt.Sprintf("127.0.0.1:%d", 10_000+rand.N(22_000))
		p := toxiproxy.NewProxy(server, "dynamodb", listen, strings.TrimPrefix(l.URL, "http://"))
		if err = p.Start(); err == nil {
			return &Proxy{URL: "http://" + listen, proxy: p}, nil
		}
	}
	return nil, err
}

// Stop ends the proxy and cuts its connections.
func (p *Proxy) Stop() { p.proxy.Stop() }

// Cut breaks the proxy's connections in the middle of whatever they carry, and accepts new ones
// at once.
func (p *Proxy) Cut() error {
	p.proxy.Stop()
	// A process that is just being started holds a copy of the listening socket, and thus the
	// port, until it executes another program.
	var err error
	for range 200 {
		if err = p.proxy.Start(); err == nil {
			return nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	return err
}

// Toxic is a fault, in toxiproxy's terms: https://github.com/Shopify/toxiproxy#toxics
type Toxic struct {
	Type       string         `json:"type"`
	Stream     string         `json:"stream"` // "upstream" or "downstream"
	Toxicity   float64        `json:"toxicity"`
	Attributes map[string]any `json:"attributes"`
}

// Poison adds a fault to the proxy.
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

// Heal removes all faults.
func (p *Proxy) Heal(ctx context.Context) { p.proxy.Toxics.ResetToxics(ctx) }

// Counter is an HTTP proxy in front of a Local that counts requests.
type Counter struct {
	http.Handler
	requests, slow atomic.Int64
}

// slowAnswer is roughly when the store stops waiting for a response, so that it rightly sends
// another request.
const slowAnswer = 900 * time.Millisecond

// NewCounter creates a Counter.
func (l *Local) NewCounter() *Counter {
	target, err := url.Parse(l.URL)
	if err != nil {
		panic(err) // made by Start
	}
	c := &Counter{}
	forward := httputil.NewSingleHostReverseProxy(target)
	c.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.requests.Add(1)
		begin := time.Now()
		forward.ServeHTTP(w, r)
		if time.Since(begin) > slowAnswer {
			c.slow.Add(1)
		}
	})
	return c
}

// Take returns the number of requests since the last Take, and how many of them were so slow that
// they may have been sent again.
func (c *Counter) Take() (requests, slow int) {
	return int(c.requests.Swap(0)), int(c.slow.Swap(0))
}
