package vtl

import (
	"maps"
	"slices"

	"example.com/guessing-game/src/apigw/vtl/java"
)

// A state is one rendering in progress.
type state struct {
	tmpl    *Template
	limits  Limits
	gateway bool // null references are ""
	watch   func(line, column int, v java.Value)
	budget  *java.Budget

	maxOutput int // the budget's, for output that is not counted byte by byte

	slots  []java.Value
	frame  *frame   // the innermost macro's variables, nil outside of macros
	frames []*frame // for reuse
	out    []byte
	args   []java.Value // of the calls in progress, one after the other
	looped bool         // a counted loop has been entered
	spare  []byte       // buffer for the text of a block
	stop   *stopSignal  // why rendering is leaving blocks, nil while it is not
	at     place        // the statement being rendered

	depth      int // of the budget, entered by this rendering
	macroDepth int
	macroNames []string
	blocks     []*block // created so far; they last as long as the rendering
	names      *names   // the template's own until #evaluate adds to them
	macros     map[string]*macro
	seen       map[string]bool
	ownTables  bool // names, macros and seen are copies
}

// A stopSignal is what #stop and #break raise.
type stopSignal struct {
	nearest bool         // #break: ends what encloses it next
	loop    *foreachStmt // #break($scope): ends this loop
}

var (
	stopAll   = &stopSignal{}
	breakNext = &stopSignal{nearest: true}
)

// catch forgets a signal that ends with whatever is the nearest.
func (st *state) catch() {
	if st.stop != nil && st.stop.nearest {
		st.stop = nil
	}
}

// A frame holds the variables with which a macro call, or a loop at a null element, hides others.
type frame struct {
	outer   *frame
	args    []frameArg   // evaluated anew at each use
	locals  []frameLocal // values
	nullFor int          // slot hidden by a loop's null element, -1 for a macro's frame
	active  bool
	kept    bool // a block may need it after the call
}

// newFrame returns an empty frame for a macro call, in front of the current one.
func (st *state) newFrame() *frame {
	n := len(st.frames)
	if n == 0 {
		return &frame{outer: st.frame, nullFor: -1}
	}
	f := st.frames[n-1]
	st.frames = st.frames[:n-1]
	f.outer = st.frame
	return f
}

// endFrame leaves a call, and keeps its frame for the next one.
func (st *state) endFrame(f *frame) {
	st.frame = f.outer
	if f.kept {
		return
	}
	clear(f.args)
	clear(f.locals)
	f.outer, f.args, f.locals = nil, f.args[:0], f.locals[:0]
	st.frames = append(st.frames, f)
}

// keepFrames marks the current frames as needed by a block.
func (st *state) keepFrames() {
	for f := st.frame; f != nil && !f.kept; f = f.outer {
		f.kept = true
	}
}

type frameArg struct {
	slot int
	expr expr // nil: removed
	text string
}

type frameLocal struct {
	slot  int
	value java.Value
}

func (t *Template) newState(budget *java.Budget, vars *Vars) *state {
	st, _ := t.states.Get().(*state)
	if st == nil {
		st = &state{tmpl: t, slots: make([]java.Value, len(t.names.list))}
	}
	st.budget, st.maxOutput = budget, budget.MaxSize()
	st.limits = t.options.Limits
	st.gateway, st.watch = t.options.Setting == APIGateway, t.options.Watch
	st.names, st.macros, st.seen = t.names, t.macros, t.seen
	st.at = place{t.src, 0}
	if len(vars.m) > 0 {
		for i, name := range t.names.list {
			if v, ok := vars.m[name]; ok {
				st.slots[i] = v
			}
		}
		if t.dynamic {
			for name := range vars.m {
				if _, ok := t.names.index[name]; !ok {
					i := st.slotOf(name)
					st.slots[i] = vars.m[name]
				}
			}
		}
	}
	return st
}

// release returns a state to the template's pool.
func (t *Template) release(st *state) {
	const maxKept = 1 << 20
	if cap(st.out) > maxKept || len(st.slots) != len(t.names.list) {
		return
	}
	clear(st.slots)
	clear(st.args[:cap(st.args)])
	*st = state{tmpl: t, slots: st.slots, out: st.out[:0], spare: st.spare, args: st.args[:0], frames: st.frames, macroNames: st.macroNames[:0], blocks: st.blocks}
	t.states.Put(st)
}

// end releases what a rendering holds, however it ended.
func (st *state) end() {
	for ; st.depth > 0; st.depth-- {
		st.budget.Leave()
	}
	for i, b := range st.blocks {
		b.st, st.blocks[i] = nil, nil
	}
	st.blocks = st.blocks[:0]
}

// writeBack stores what the template may have set.
func (st *state) writeBack(vars *Vars) {
	for i, name := range st.names.list {
		if st.names.assigned[i] {
			v := st.slots[i]
			if _, ok := v.(*block); ok {
				v = nil
			}
			vars.Set(name, v)
		}
	}
}

// own copies the state's tables before #evaluate adds to them.
func (st *state) own() {
	if st.ownTables {
		return
	}
	n := &names{index: maps.Clone(st.names.index)}
	n.list = append(n.list, st.names.list...)
	n.assigned = append(n.assigned, st.names.assigned...)
	st.names, st.macros, st.seen = n, maps.Clone(st.macros), maps.Clone(st.seen)
	st.ownTables = true
}

func (st *state) slotOf(name string) int {
	if i, ok := st.names.index[name]; ok {
		return i
	}
	st.own()
	i := st.names.slot(name)
	for len(st.slots) < len(st.names.list) {
		st.slots = append(st.slots, nil)
	}
	return i
}

func (st *state) get(slot int) java.Value {
	for f := st.frame; f != nil; f = f.outer {
		if f.nullFor >= 0 {
			if f.active && f.nullFor == slot {
				return nil
			}
			continue
		}
		for i := range f.locals {
			if f.locals[i].slot == slot {
				if v := f.locals[i].value; v != nil {
					return v
				}
				break
			}
		}
		for i := range f.args {
			if a := &f.args[i]; a.slot == slot && a.expr != nil {
				saved := st.frame
				st.frame = f.outer
				st.step()
				v := argValue(st, a.expr)
				st.frame = saved
				return v
			}
		}
	}
	return st.slots[slot]
}

// argValue is the value of a macro's argument. A plain reference to null yields null, whatever the
// setting; a name without a dollar is a reference here too.
func argValue(st *state, e expr) java.Value {
	if r, ok := e.(*ref); ok && len(r.steps) == 0 {
		return st.get(r.slot)
	}
	return e.value(st)
}

// put sets a variable: in every macro's frame that has it, and as a global one.
func (st *state) put(slot int, v java.Value) {
	for f := st.frame; f != nil; f = f.outer {
		if f.nullFor >= 0 {
			if f.nullFor == slot && v == nil {
				f.active = true
			}
			continue
		}
		f.setLocal(slot, v)
	}
	st.slots[slot] = v
}

func (f *frame) setLocal(slot int, v java.Value) {
	for i := range f.locals {
		if f.locals[i].slot == slot {
			f.locals[i].value = v
			return
		}
	}
	f.locals = append(f.locals, frameLocal{slot, v})
}

// setArg sets an argument of a macro; of parameters with the same name the last counts.
func (f *frame) setArg(a frameArg) {
	for i := range f.args {
		if f.args[i].slot == a.slot {
			f.args[i] = a
			return
		}
	}
	f.args = append(f.args, a)
}

// unset restores a variable's value.
func (f *frame) unset(slot int) {
	f.locals = slices.DeleteFunc(f.locals, func(l frameLocal) bool { return l.slot == slot })
}

// remove unsets a variable everywhere.
func (st *state) remove(slot int) {
	for f := st.frame; f != nil; f = f.outer {
		if f.nullFor >= 0 {
			if f.nullFor == slot {
				f.active = false
			}
			continue
		}
		for i := range f.locals {
			if f.locals[i].slot == slot {
				f.locals[i].value = nil
			}
		}
		for i := range f.args {
			if f.args[i].slot == slot {
				f.args[i].expr = nil
			}
		}
	}
	st.slots[slot] = nil
}

// argText is the source text of the macro argument for a variable, for printing a null one.
func (st *state) argText(slot int) (string, bool) {
	for f := st.frame; f != nil; f = f.outer {
		for i := range f.args {
			if a := &f.args[i]; a.slot == slot && a.text != "" {
				return a.text, true
			}
		}
	}
	return "", false
}
