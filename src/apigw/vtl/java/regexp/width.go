package regexp

import "math"

// A width is what Java's parser learns about a part of a pattern. Java refuses a look-behind
// without a maximum, and looks no further back than the maximum, with sums that overflow.
type width struct {
	min, max int32
	endless  bool // there is no maximum
	varies   bool // it can match in more than one way
}

// A sequenceWidth adds up the widths of the parts of a sequence. The contents of a group without
// a quantifier belong to the sequence around it.
type sequenceWidth []interface {
	// study adds the part to w, and reports whether to continue with the parts after it.
	study(w *width, rest sequenceWidth) bool
}

func (s sequenceWidth) study() width {
	var w width
	s.addTo(&w)
	return w
}

func (s sequenceWidth) addTo(w *width) {
	for i, part := range s {
		if !part.study(w, s[i+1:]) {
			return
		}
	}
}

// A kind of atom determines how Java treats a quantifier after it.
type kind uint8

const (
	other     kind = iota
	character      // one of a set of characters
	group          // in parentheses, and neither independent nor a look-around
)

// part is an atom that has just been translated.
type part struct {
	kind     kind
	width    sequenceWidth
	captures bool // the group captures
}

// capturesNothing reports whether Java discards the iterations of a repeated group that consume
// nothing and are not required, and with them what the group has captured.
func (p part) capturesNothing(r repetition) bool {
	w := p.width.study()
	return r.low == 0 && r.high > 1 && !r.possessive && w == width{}
}

// A repetition is a quantifier.
type repetition struct {
	low, high  int32
	greedy     bool
	possessive bool
}

const maxReps = math.MaxInt32

// repeat is the width of a part with a quantifier.
func (p part) repeat(r repetition) sequenceWidth {
	switch {
	case r.low == 0 && r.high == 1 && p.kind == group && !r.possessive:
		return sequenceWidth{branch{p.width, nil}}
	case r.low == 0 && r.high == 1:
		return sequenceWidth{optional(p.width)}
	case r.greedy && r.high == maxReps && p.kind == character:
		return sequenceWidth{run(r.low)}
	case p.kind == group && !r.possessive && p.width.study().varies:
		return sequenceWidth{unbounded{}}
	}
	return sequenceWidth{repeated{p.width, r.low, r.high}}
}

// fixed is a part of known widths.
type fixed struct{ min, max int32 }

func (f fixed) study(w *width, _ sequenceWidth) bool {
	w.min += f.min
	w.max += f.max
	return true
}

// unbounded is a part without a maximum: a back reference, or a group in a loop.
type unbounded struct{}

func (unbounded) study(w *width, _ sequenceWidth) bool {
	w.endless, w.varies = true, true
	return true
}

// run is a greedy repetition of a set of characters, with a minimum.
type run int32

func (low run) study(w *width, _ sequenceWidth) bool {
	w.min += int32(low)
	if !w.endless {
		w.max += maxReps
	}
	w.varies = true
	return true
}

// optional is a part that may be left out.
type optional sequenceWidth

func (o optional) study(w *width, _ sequenceWidth) bool {
	least := w.min
	sequenceWidth(o).addTo(w)
	w.min, w.varies = least, true
	return true
}

// independent is a part that is never backtracked into.
type independent sequenceWidth

func (i independent) study(w *width, _ sequenceWidth) bool {
	sequenceWidth(i).addTo(w)
	return true
}

// repeated is a part with any other quantifier.
type repeated struct {
	part      sequenceWidth
	low, high int32
}

func (r repeated) study(w *width, _ sequenceWidth) bool {
	one := r.part.study()
	least, most := one.min*r.low+w.min, one.max*r.high+w.max
	if least < w.min {
		least = 0xFFFFFFF
	}
	*w = width{least, most, w.endless || one.endless || most < w.max, w.varies || one.varies || r.low != r.high}
	return true
}

// branch is a set of alternatives. What follows them is added up separately.
type branch []sequenceWidth

func (b branch) study(w *width, rest sequenceWidth) bool {
	least, most := int32(math.MaxInt32), int32(-1)
	for _, alternative := range b {
		one := alternative.study()
		least, most = min(least, one.min), max(most, one.max)
		w.endless = w.endless || one.endless
	}
	after := rest.study()
	*w = width{w.min + least + after.min, w.max + most + after.max, w.endless || after.endless, true}
	return false
}

// looksNowhere reports whether a look-behind of this width ends before it begins, which happens
// up to a certain number of characters after the start of the text. From there on the maximum,
// which exceeds the largest integer, overflows once more when Java computes where to begin, and
// yields the start of the text.
func (w width) looksNowhere() (far int64, ok bool) {
	if w.max < 0 {
		return 1<<31 + int64(w.max), true
	}
	return math.MaxInt64, w.max < w.min
}
