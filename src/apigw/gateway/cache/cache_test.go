package cache_test

import (
	"fmt"
	"testing"
	"time"

	"example.com/guessing-game/src/apigw/gateway/cache"
)

func TestCache(t *testing.T) {
	t.Parallel()
	var c cache.Cache[string]
	now := time.Unix(1e9, 0)
	get := func(key string, after time.Duration) string { v, _ := c.Get(key, now.Add(after)); return v }
	if got := get("a", 0); got != "" {
		t.Errorf("an empty cache has %q", got)
	}
	c.Put("a", "1", 1, now.Add(time.Second))
	c.Put("b", "2", 1, now.Add(time.Minute))
	for _, w := range []struct {
		key   string
		after time.Duration
		want  string
	}{{"a", 0, "1"}, {"a", time.Second - 1, "1"}, {"a", time.Second, ""}, {"b", time.Second, "2"}} {
		if got := get(w.key, w.after); got != w.want {
			t.Errorf("%s after %v: %q, want %q", w.key, w.after, got, w.want)
		}
	}
	c.Put("b", "3", 1, now.Add(time.Minute))
	if got := get("b", 0); got != "3" {
		t.Errorf("replaced: %q", got)
	}
	c.Put("b", "large", cache.MaxEntry+1, now.Add(time.Minute))
	if got := get("b", 0); got != "" {
		t.Errorf("too large: %q", got)
	}
}

// Replacing one entry repeatedly does not evict the others.
func TestReplaced(t *testing.T) {
	t.Parallel()
	var c cache.Cache[int]
	until := time.Unix(1e9, 0)
	c.Put("first", 1, 1, until)
	for i := range 1000 {
		c.Put("same", i, 1, until)
	}
	if v, ok := c.Get("first", until.Add(-1)); !ok || v != 1 {
		t.Error("the first entry is gone")
	}
}

// A full cache evicts what was stored first.
func TestFull(t *testing.T) {
	t.Parallel()
	var c cache.Cache[int]
	now := time.Unix(1e9, 0)
	most := cache.MaxSize / cache.MaxEntry
	for i := range most + 3 {
		c.Put(fmt.Sprint(i), i, cache.MaxEntry, now.Add(time.Minute))
		c.Put("same", i, 1, now.Add(time.Minute)) // stored again each time, so never the oldest
	}
	for i, want := range map[int]bool{0: false, 3: false, 4: true, most + 2: true} {
		if _, ok := c.Get(fmt.Sprint(i), now); ok != want {
			t.Errorf("%d is there: %t, want %t", i, ok, want)
		}
	}
	if v, _ := c.Get("same", now); v != most+2 {
		t.Errorf("same is %d", v)
	}
}
