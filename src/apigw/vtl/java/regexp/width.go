package regexp

import "math"

// A width is what Java's parser finds out about a part of a pattern. Java refuses a look-behind
// without a maximum, and looks no further back than that, with sums that overflow.
type width struct {
	min, max int32
	endless  bool // there is no maximum
	varies   bool // it can match in more than one way
}

// A kind of atom decides what Java makes of a quantifier after it.
type kind uint8

const (
	other     kind = iota
	character      // one of a set of characters
	group          // in parentheses, and neither independent nor a look-around
)

// part is an atom that has just been translated.
type part struct {
	kind  kind
	width width
}

func (w width) then(next width) width {
	return width{w.min + next.min, w.max + next.max, w.endless || next.endless, w.varies || next.varies}
}

func (w width) or(other width) width {
	return width{min(w.min, other.min), max(w.max, other.max), w.endless || other.endless, true}
}

const maxReps = math.MaxInt32

// repeat is what comes of w followed by a part that is repeated.
func (w width) repeat(p part, low, high int32, greedy, possessive bool) width {
	switch {
	case low == 0 && high == 1:
		if p.kind == group && !possessive {
			return w.then(p.width.or(width{}))
		}
		return w.then(width{0, p.width.max, p.width.endless, true})
	case p.kind == character && high == maxReps && greedy:
		w.min += low
		if !w.endless {
			w.max += maxReps
		}
		w.varies = true
		return w
	case p.kind == group && !possessive && p.width.varies:
		return w.then(width{endless: true, varies: true})
	}
	least, most := p.width.min*low+w.min, p.width.max*high+w.max
	if least < w.min {
		least = 0xFFFFFFF
	}
	return width{least, most, w.endless || p.width.endless || most < w.max, w.varies || p.width.varies || low != high}
}

// looksNowhere reports whether a look-behind of this width ends before it begins. A maximum that is
// only just beyond the largest integer overflows once more when Java computes where to begin, which
// is then the start of the text.
func (w width) looksNowhere() bool { return w.max < w.min && w.max > math.MinInt32/2 }
