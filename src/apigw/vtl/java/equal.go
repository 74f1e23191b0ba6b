package java

import "math/big"

// A comparer implements Java's equals (type strict, element-wise for lists, maps and sets, by
// identity for arrays and host objects) and hashCode, within bounds.
type comparer struct {
	budget *Budget
	depth  int
	work   int // outside a rendering
	err    error
}

// maxCompareWork is how many steps comparing or hashing a collection may take outside a rendering.
const maxCompareWork = 1 << 20

// enter descends into a collection of n elements, unless there has been an error.
func (c *comparer) enter(n int) bool {
	if c.depth++; c.depth > maxPrintDepth && c.err == nil {
		c.err = Throw("java.lang.StackOverflowError", "collections are nested too deeply to compare")
	}
	c.charge(1 + n>>2)
	if c.err != nil {
		c.depth--
		return false
	}
	return true
}

// charge counts work, which is limited both within and outside a rendering.
func (c *comparer) charge(n int) {
	if c.budget != nil {
		if err := c.budget.Step(n); err != nil && c.err == nil {
			c.err = err
		}
	} else if c.work += n; c.work > maxCompareWork && c.err == nil {
		c.err = Throw("java.lang.StackOverflowError", "collections are too large to compare")
	}
}

func (c *comparer) equal(a, b Value) bool {
	switch a := a.(type) {
	case nil:
		return b == nil
	case string:
		s, ok := b.(string)
		if !ok || len(a) != len(s) {
			return false
		}
		c.charge(len(a) >> 10)
		return a == s
	case bool:
		x, ok := b.(bool)
		return ok && a == x
	case int32:
		x, ok := b.(int32)
		return ok && a == x
	case int64:
		x, ok := b.(int64)
		return ok && a == x
	case float64:
		x, ok := b.(float64)
		return ok && doubleBits(a) == doubleBits(x)
	case Char:
		x, ok := b.(Char)
		return ok && a == x
	case *big.Int:
		x, ok := b.(*big.Int)
		return ok && a.Cmp(x) == 0
	case *Decimal:
		x, ok := b.(*Decimal)
		return ok && a.scale == x.scale && a.unscaled.Cmp(x.unscaled) == 0
	case *List:
		switch x := b.(type) {
		case *List:
			if a == x {
				return true
			}
			return c.equalLists(a.items, x.items)
		case *view:
			if x.kind == viewSub {
				return c.equalLists(a.items, x.slice())
			}
		}
		return false
	case *Map:
		x, ok := b.(*Map)
		if !ok || a.Len() != x.Len() {
			return false
		}
		if a == x {
			return true
		}
		if !c.enter(a.Len()) {
			return false
		}
		defer func() { c.depth-- }()
		for k, v := range a.All() {
			i := x.find(c, k)
			if i < 0 || !c.equal(v, x.entries[i].value) {
				return false
			}
		}
		return true
	case *entry:
		x, ok := b.(*entry)
		if !ok || a == x {
			return ok
		}
		if !c.enter(1) {
			return false
		}
		defer func() { c.depth-- }()
		return c.equal(a.key, x.key) && c.equal(a.get(), x.get())
	case *view:
		return c.equalViews(a, b)
	case *optional:
		x, ok := b.(*optional)
		return ok && a.class == x.class && c.equal(a.value, x.value)
	}
	return a == b
}

func (c *comparer) equalLists(a, b []Value) bool {
	if len(a) != len(b) || !c.enter(len(a)) {
		return false
	}
	defer func() { c.depth-- }()
	for i := range a {
		if !c.equal(a[i], b[i]) {
			return false
		}
	}
	return true
}

func (c *comparer) equalViews(a *view, b Value) bool {
	switch a.kind {
	case viewSub:
		switch x := b.(type) {
		case *List:
			return c.equalLists(a.slice(), x.items)
		case *view:
			return x.kind == viewSub && c.equalLists(a.slice(), x.slice())
		}
		return false
	case viewValues:
		return Value(a) == b
	}
	x, ok := b.(*view)
	if !ok || x.kind == viewSub || x.kind == viewValues || a.size() != x.size() || !c.enter(a.size()) {
		return false
	}
	defer func() { c.depth-- }()
	for v := range a.Iterate() {
		if !x.contains(c, v) {
			return false
		}
	}
	return true
}

// StringHash is the hashCode of a String.
func StringHash(s string) int32 {
	var h int32
	if isASCII(s) {
		for i := 0; i < len(s); i++ {
			h = 31*h + int32(s[i])
		}
		return h
	}
	for _, u := range Units(s) {
		h = 31*h + int32(u)
	}
	return h
}

// HashBuckets maps a string to its bucket in a HashMap or HashSet that has grown to so many
// entries: the order in which Java iterates over it.
func HashBuckets(entries int) func(s string) int {
	buckets := uint32(16)
	for entries > int(buckets/4*3) {
		buckets *= 2
	}
	return func(s string) int {
		h := uint32(StringHash(s))
		return int((h ^ h>>16) & (buckets - 1))
	}
}

// hash is Java's hashCode. ok is false for objects whose code is their identity.
func (c *comparer) hash(v Value) (h int32, ok bool) {
	switch v := v.(type) {
	case nil:
		return 0, true
	case string:
		c.charge(len(v) >> 10)
		return StringHash(v), true
	case bool:
		if v {
			return 1231, true
		}
		return 1237, true
	case int32:
		return v, true
	case int64:
		return int32(v ^ int64(uint64(v)>>32)), true
	case float64:
		b := doubleBits(v)
		return int32(b ^ b>>32), true
	case Char:
		return int32(v), true
	case *big.Int:
		var h uint32
		mag := new(big.Int).Abs(v)
		b := mag.Bytes()
		for len(b)%4 != 0 {
			b = append([]byte{0}, b...)
		}
		for i := 0; i < len(b); i += 4 {
			h = 31*h + (uint32(b[i])<<24 | uint32(b[i+1])<<16 | uint32(b[i+2])<<8 | uint32(b[i+3]))
		}
		return int32(h) * int32(v.Sign()), true
	case *Decimal:
		h, _ := c.hash(v.unscaled)
		return 31*h + int32(v.scale), true
	case *List:
		return c.hashList(v.items)
	case *view:
		switch v.kind {
		case viewSub:
			return c.hashList(v.slice())
		case viewValues:
			return 0, false
		}
		if !c.enter(v.size()) {
			return 0, false
		}
		defer func() { c.depth-- }()
		for item := range v.Iterate() {
			x, ok := c.hash(item)
			if !ok {
				return 0, false
			}
			h += x
		}
		return h, true
	case Scope:
		return c.hash(v.Map())
	case *optional:
		return c.hash(v.value)
	case *entry:
		if !c.enter(1) {
			return 0, false
		}
		defer func() { c.depth-- }()
		k, ok1 := c.hash(v.key)
		x, ok2 := c.hash(v.get())
		return k ^ x, ok1 && ok2
	case *Map:
		if !c.enter(v.Len()) {
			return 0, false
		}
		defer func() { c.depth-- }()
		for k, e := range v.All() {
			x, ok1 := c.hash(k)
			y, ok2 := c.hash(e)
			if !ok1 || !ok2 {
				return 0, false
			}
			h += x ^ y
		}
		return h, true
	}
	return 0, false
}

func (c *comparer) hashList(items []Value) (int32, bool) {
	if !c.enter(len(items)) {
		return 0, false
	}
	defer func() { c.depth-- }()
	var h int32 = 1
	for _, item := range items {
		x, ok := c.hash(item)
		if !ok {
			return 0, false
		}
		h = 31*h + x
	}
	return h, true
}

// Related reports whether the class of one value is the other's or a subclass of it.
func Related(a, b Value) bool {
	switch a := a.(type) {
	case bool:
		_, ok := b.(bool)
		return ok
	case Char:
		_, ok := b.(Char)
		return ok
	case *List:
		_, ok := b.(*List)
		return ok
	case *Map:
		_, ok := b.(*Map)
		return ok
	case *Array:
		_, ok := b.(*Array)
		return ok
	case *view:
		v, ok := b.(*view)
		return ok && a.kind == v.kind
	case Native:
		n, ok := b.(Native)
		return ok && a.ClassName() == n.ClassName()
	case Object:
		return a == b
	}
	return false
}
