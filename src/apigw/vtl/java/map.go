package java

import (
	"iter"
	"math"
	"math/big"
)

// smallMap is the number of entries up to which a map is searched without an index.
const smallMap = 24

// Map is an insertion ordered map, Java's LinkedHashMap: putting a key again keeps its place.
type Map struct {
	entries []mapEntry
	index   map[any]int // key to place in entries; nil while the map is small
	live    int         // entries that are not deleted
	mods    int         // structural changes, for ConcurrentModificationException
	opaque  bool        // prints nothing
	views   [3]*view    // keySet, values and entrySet always return the same objects
}

type mapEntry struct {
	key, value Value
	hash       int32 // of a key that is a collection, as it was when it was put: changing the key loses the entry, as in Java
	deleted    bool
}

// MapSize is roughly how many bytes a map with room for four entries takes.
const MapSize = 240

// NewMap makes an empty map with room for n entries.
func NewMap(n int) *Map { return &Map{entries: make([]mapEntry, 0, n)} }

// NewOpaqueMap makes a map that prints nothing, as the inner maps of $context do, but reads, writes
// and lists as any other.
func NewOpaqueMap(n int) *Map {
	m := NewMap(n)
	m.opaque = true
	return m
}

// bigKey, doubleKey, decimalKey and hashKey represent keys whose Go form does not compare as in
// Java.
type (
	bigKey     string
	doubleKey  uint64
	decimalKey string
	hashKey    struct{}
)

// keyOf maps a key to a Go map key. Keys whose equality is by content (lists, maps) are searched
// instead.
func keyOf(k Value) any {
	switch k := k.(type) {
	case float64:
		return doubleKey(doubleBits(k))
	case *big.Int:
		return bigKey(k.String())
	case *Decimal:
		return decimalKey(k.String())
	}
	if isCollection(k) {
		return hashKey{}
	}
	return k
}

func isCollection(k Value) bool {
	switch k.(type) {
	case *List, *Map, *view, *entry, Scope:
		return true
	}
	return false
}

// doubleBits is Java's Double.doubleToLongBits: every NaN is the same.
func doubleBits(f float64) uint64 {
	if f != f {
		return 0x7ff8000000000000
	}
	return math.Float64bits(f)
}

// find returns the index of a key, -1 if it is missing. It sets c.err if the key cannot be hashed
// or compared.
func (m *Map) find(c *comparer, key Value) int {
	if s, ok := key.(string); ok {
		return m.findText(s)
	}
	collection := isCollection(key)
	if m.index != nil && !collection {
		if i, ok := m.index[keyOf(key)]; ok {
			return i
		}
		return -1
	}
	var h int32
	if collection {
		h, _ = c.hash(key)
		c.charge(len(m.entries) >> 4)
	}
	for i := range m.entries {
		e := &m.entries[i]
		if e.deleted || collection != isCollection(e.key) || e.hash != h || c.err != nil {
			continue
		}
		if c.equal(e.key, key) {
			return i
		}
	}
	return -1
}

// findText is find for a string.
func (m *Map) findText(key string) int {
	if m.index != nil {
		if i, ok := m.index[key]; ok {
			return i
		}
		return -1
	}
	for i := range m.entries {
		e := &m.entries[i]
		if k, ok := e.key.(string); ok && k == key && !e.deleted {
			return i
		}
	}
	return -1
}

// Get returns the value of a key and whether the key exists. Keys are type strict, as in Java: 1
// does not find "1".
func (m *Map) Get(key Value) (Value, bool) {
	v, ok, err := m.get(nil, key)
	return v, ok && err == nil
}

// Put sets the value of a key and returns the old one, nil if there was none. A key that cannot be
// hashed, such as a list that contains itself, is not added.
func (m *Map) Put(key, v Value) (old Value) {
	old, _ = m.put(nil, key, v)
	return old
}

// Delete removes a key and returns its value, nil if there was none.
func (m *Map) Delete(key Value) (old Value) {
	old, _ = m.remove(nil, key)
	return old
}

// locate is find that also returns the hash of a missing key. The error is that of a key that
// cannot be hashed or compared.
func (m *Map) locate(budget *Budget, key Value) (place int, hash int32, err error) {
	c := comparer{budget: budget}
	place = m.find(&c, key)
	if place < 0 && c.err == nil && isCollection(key) {
		hash, _ = c.hash(key)
	}
	return place, hash, c.err
}

func (m *Map) get(budget *Budget, key Value) (v Value, ok bool, err error) {
	if s, isText := key.(string); isText {
		v, ok = m.getText(s)
		return v, ok, nil
	}
	i, _, err := m.locate(budget, key)
	if i < 0 || err != nil {
		return nil, false, err
	}
	return m.entries[i].value, true, nil
}

// Put is m.Put within a rendering. The error is that of a key that cannot be hashed or compared.
func Put(budget *Budget, m *Map, key, v Value) (old Value, err error) { return m.put(budget, key, v) }

// getText is get of a string.
func (m *Map) getText(key string) (Value, bool) {
	i := m.findText(key)
	if i < 0 {
		return nil, false
	}
	return m.entries[i].value, true
}

// entryBytes is the approximate memory of a map entry.
const entryBytes = 80

func (m *Map) put(budget *Budget, key, v Value) (old Value, err error) {
	i, hash, err := m.locate(budget, key)
	if err != nil {
		return nil, err
	}
	if i >= 0 {
		old, m.entries[i].value = m.entries[i].value, v
		return old, nil
	}
	if err := budget.Make(entryBytes); err != nil {
		return nil, err
	}
	m.entries = append(m.entries, mapEntry{key: key, value: v, hash: hash})
	m.live++
	m.mods++
	switch {
	case m.index != nil:
		m.index[keyOf(key)] = len(m.entries) - 1
	case len(m.entries) > smallMap:
		m.reindex()
	}
	return nil, nil
}

func (m *Map) remove(budget *Budget, key Value) (old Value, err error) {
	i, _, err := m.locate(budget, key)
	if i < 0 || err != nil {
		return nil, err
	}
	old = m.entries[i].value
	m.removeAt(i)
	if len(m.entries) > smallMap && m.live < len(m.entries)/2 {
		m.compact()
	}
	return old, nil
}

func (m *Map) removeAt(i int) {
	if m.index != nil {
		delete(m.index, keyOf(m.entries[i].key))
	}
	m.entries[i] = mapEntry{deleted: true}
	m.live--
	m.mods++
}

func (m *Map) compact() {
	kept := m.entries[:0]
	for _, e := range m.entries {
		if !e.deleted {
			kept = append(kept, e)
		}
	}
	clear(m.entries[len(kept):])
	m.entries = kept
	m.reindex()
}

func (m *Map) reindex() {
	if len(m.entries) <= smallMap {
		m.index = nil
		return
	}
	m.index = make(map[any]int, 2*len(m.entries))
	for i, e := range m.entries {
		if !e.deleted {
			m.index[keyOf(e.key)] = i
		}
	}
}

func (m *Map) view(kind viewKind) *view {
	if m.views[kind] == nil {
		m.views[kind] = &view{kind: kind, m: m}
	}
	return m.views[kind]
}

func (m *Map) clear() {
	m.entries, m.index, m.live = nil, nil, 0
	m.mods++
}

// Len is the number of entries.
func (m *Map) Len() int { return m.live }

// All iterates in insertion order.
func (m *Map) All() iter.Seq2[Value, Value] {
	return func(yield func(Value, Value) bool) {
		for i := 0; i < len(m.entries); i++ {
			if e := m.entries[i]; !e.deleted && !yield(e.key, e.value) {
				return
			}
		}
	}
}
