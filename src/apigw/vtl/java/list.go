package java

// List is a growable list: a java.util.ArrayList, or a JSON array as in API Gateway.
type List struct {
	items []Value
	json  bool // prints as JSON text
	mods  int  // structural changes, for ConcurrentModificationException
	room  int  // capacity that the ArrayList was created with or given later, 0 for Java's default: see ensureCapacity
}

// NewList makes a list that prints as Java's ArrayList does: [a, b].
func NewList(items ...Value) *List { return &List{items: items, room: len(items)} }

// NewJSONArray makes a list that prints as compact JSON text, as the arrays of a JSON payload do in
// API Gateway: ["a","b"].
func NewJSONArray(items ...Value) *List { return &List{items: items, json: true} }

// Len is the number of elements.
func (l *List) Len() int { return len(l.items) }

// At returns element i; it panics if i is out of range.
func (l *List) At(i int) Value { return l.items[i] }

// Append adds elements at the end.
func (l *List) Append(items ...Value) {
	l.items = append(l.items, items...)
	l.mods++
}

func (l *List) insert(i int, v Value) {
	l.items = append(l.items, nil)
	copy(l.items[i+1:], l.items[i:])
	l.items[i] = v
	l.mods++
}

func (l *List) removeAt(i int) Value {
	old := l.items[i]
	copy(l.items[i:], l.items[i+1:])
	l.items[len(l.items)-1] = nil
	l.items = l.items[:len(l.items)-1]
	l.mods++
	return old
}
