// Package cache keeps responses for a time, as the cache of a stage does. It is bounded in bytes;
// what was stored first is evicted first.
package cache

import (
	"slices"
	"sync"
	"time"
)

// Limits of a cache.
const (
	// MaxEntry is the largest response that is stored, in bytes.
	MaxEntry = 1 << 20
	// MaxSize bounds what a cache stores, in bytes.
	MaxSize = 64 << 20
)

// Cache stores values by key. The zero Cache is empty. It is safe for concurrent use.
type Cache[V any] struct {
	mu    sync.Mutex
	m     map[string]entry[V]
	order []slot // from the one stored first on
	size  int
	count uint64
}

type entry[V any] struct {
	value V
	size  int
	until time.Time
	id    uint64
}

// slot is a key when it was stored; the entry has another id if it has been replaced since.
type slot struct {
	key string
	id  uint64
}

// Get returns the value of a key, unless it has expired.
func (c *Cache[V]) Get(key string, now time.Time) (V, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.m[key]
	if !ok || !now.Before(e.until) {
		var none V
		return none, false
	}
	return e.value, true
}

// Put stores a value of a size in bytes until it expires. One that is too large only removes what
// the key had.
func (c *Cache[V]) Put(key string, value V, size int, until time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.remove(key)
	if size > MaxEntry {
		return
	}
	if c.m == nil {
		c.m = map[string]entry[V]{}
	}
	c.count++
	c.m[key] = entry[V]{value, size, until, c.count}
	c.order = append(c.order, slot{key, c.count})
	c.size += size
	for c.size > MaxSize {
		if c.live(c.order[0]) {
			c.remove(c.order[0].key)
		}
		c.order = c.order[1:]
	}
	if len(c.order) > 2*len(c.m)+16 {
		c.order = slices.DeleteFunc(c.order, func(s slot) bool { return !c.live(s) })
	}
}

// live reports whether a slot's entry is still stored.
func (c *Cache[V]) live(s slot) bool {
	e, ok := c.m[s.key]
	return ok && e.id == s.id
}

func (c *Cache[V]) remove(key string) {
	if e, ok := c.m[key]; ok {
		c.size -= e.size
		delete(c.m, key)
	}
}
