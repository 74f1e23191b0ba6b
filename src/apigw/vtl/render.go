package vtl

import (
	"errors"
	"fmt"
	"strings"

	"example.com/guessing-game/src/apigw/budget"
	"example.com/guessing-game/src/apigw/vtl/java"
)

// renderAll renders statements until one stops the rendering.
func (st *state) renderAll(body []stmt) {
	for _, s := range body {
		if t, ok := s.(textStmt); ok {
			st.out = append(st.out, t...)
			continue
		}
		st.step()
		s.render(st)
		if st.stop != nil {
			return
		}
	}
}

func (t textStmt) render(st *state) { st.out = append(st.out, t...) }

// fail aborts the rendering at a position, or at that of a nested rendering that has failed with an
// *Error.
func (st *state) fail(at place, err error) {
	if inner, ok := err.(*Error); ok {
		panic(inner)
	}
	format := "%v"
	var limit *budget.LimitError
	if st.budget.Err() == err && !errors.As(err, &limit) {
		format = "rendering was ended: %v"
	}
	e := at.errorf(format, err)
	e.Err = err
	panic(e)
}

func (r *ref) render(st *state) {
	if r.runt {
		st.out = append(st.out, r.literal...)
		return
	}
	st.at = r.place
	v := r.execute(st)
	if st.stop != nil {
		return
	}
	if r.escaped {
		st.out = append(st.out, r.escape...)
		if v == nil {
			st.out = append(st.out, '\\')
		}
		st.out = append(st.out, r.nullText(st)...)
		return
	}
	switch v := v.(type) {
	case nil:
	case string:
		if r.before != "" {
			st.out = append(st.out, r.before...)
		}
		st.out = append(st.out, v...)
		return
	case *block:
		if v.render() {
			return
		}
	default:
		start := len(st.out)
		st.out = append(st.out, r.before...)
		if st.print(r.place, v); st.stop != nil { // in a block inside the value
			st.out = st.out[:start]
		}
		return
	}
	st.out = append(st.out, r.escape...)
	st.out = append(st.out, r.before...)
	st.out = append(st.out, r.nullText(st)...)
}

// nullText is what a null reference prints: its own text, or that of the corresponding macro
// argument.
func (r *ref) nullText(st *state) string {
	if r.literalSlot >= 0 && st.frame != nil {
		if text, ok := st.argText(r.literalSlot); ok {
			return text
		}
	}
	return r.literal
}

// print appends a value that is not null.
func (st *state) print(at place, v java.Value) {
	out, err := java.Append(st.budget, st.out, v)
	st.out = out
	if err != nil {
		st.fail(at, err)
	}
}

// text is a value's toString, false for a block whose toString is null because it is nested too
// deeply in itself.
func (st *state) text(at place, v java.Value) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case *block:
		return v.text()
	}
	start := len(st.out)
	st.print(at, v)
	s := string(st.out[start:])
	st.out = st.out[:start]
	return s, true
}

// execute is the reference's value, ignoring only escapes.
func (r *ref) execute(st *state) java.Value {
	if r.runt {
		return nil
	}
	v := st.get(r.slot)
	for _, s := range r.steps {
		if v == nil {
			break
		}
		v = s.apply(st, v)
		if st.stop != nil {
			return nil
		}
	}
	if st.watch != nil {
		line, column := r.src.position(r.offset)
		st.watch(line, column, v)
	}
	if v == nil && st.gateway {
		return ""
	}
	return v
}

func (r *ref) value(st *state) java.Value {
	if r.inert {
		return nil
	}
	return r.execute(st)
}

func (r *ref) truth(st *state) bool {
	switch v := r.execute(st).(type) {
	case nil:
		return false
	case bool:
		return v
	case *block:
		var ok bool
		if err := catch(func() { _, ok = v.text() }); err != nil { // Velocity reports the reference's place
			e := r.errorf("%v", err)
			e.Err = err
			panic(e)
		}
		return ok
	}
	return true
}

func (s *ifStmt) render(st *state) {
	for i, c := range s.cond {
		ok := c.truth(st)
		if st.stop != nil {
			return
		}
		if ok {
			st.renderAll(s.bodies[i])
			return
		}
	}
	if len(s.bodies) > len(s.cond) {
		st.renderAll(s.bodies[len(s.cond)])
	}
}

func (s *setStmt) render(st *state) {
	st.at = s.place
	v := s.right.value(st)
	if v == nil || st.stop != nil {
		return // a null leaves the left side unchanged
	}
	if s.slot >= 0 {
		st.put(s.slot, v)
		return
	}
	s.target.assign(st, v)
}

// assign sets a property or element; impossible assignments are ignored.
func (r *ref) assign(st *state, v java.Value) {
	if r.runt {
		return
	}
	obj := st.get(r.slot)
	last := len(r.steps) - 1
	for _, s := range r.steps[:last] {
		if obj == nil {
			return
		}
		obj = s.apply(st, obj)
	}
	if obj == nil || st.stop != nil {
		return
	}
	switch s := r.steps[last].(type) {
	case *indexStep:
		key := s.arg.value(st)
		if st.stop != nil {
			return
		}
		if err := java.SetIndex(st.budget, obj, key, v); err != nil {
			st.fail(s.place, err)
		}
	case *propertyStep:
		if err := java.SetProperty(st.budget, obj, s.name, v); err != nil {
			st.fail(r.place, err)
		}
	case *methodStep:
		if err := java.SetProperty(st.budget, obj, s.method.String(), v); err != nil {
			st.fail(r.place, err)
		}
	}
}

func (s *foreachStmt) render(st *state) {
	if s.incomplete {
		panic(s.place.errorf("#foreach needs a reference, a word and what to loop over, as in #foreach($item in $list)"))
	}
	if s.list == nil {
		return
	}
	st.at = s.place
	over := s.list.value(st)
	if over == nil || st.stop != nil {
		return
	}
	c, err := java.Iterate(over)
	if err != nil {
		st.fail(s.place, err)
	}
	if c == nil {
		return
	}
	t := st.tmpl
	saved := st.get(s.elem)
	var savedCount, savedNext java.Value
	if t.countSlot >= 0 {
		savedCount = st.get(t.countSlot)
	}
	if t.hasNextSlot >= 0 {
		savedNext = st.get(t.hasNextSlot)
	}
	var scope *foreachScope
	if t.foreachSlot >= 0 {
		scope = newForeachScope(s, st.get(t.foreachSlot))
		st.put(t.foreachSlot, scope)
	}
	entry := st.frame
	var hidden *frame
	for n := 0; n < st.limits.LoopIterations && c.HasNext(); n++ {
		st.step()
		v, err := c.Next()
		if err != nil {
			st.fail(s.place, err)
		}
		if t.countSlot >= 0 {
			st.put(t.countSlot, java.Int(int32(n+1)))
		}
		if t.hasNextSlot >= 0 {
			st.put(t.hasNextSlot, c.HasNext())
		}
		st.put(s.elem, v)
		if scope != nil {
			scope.index = n
			scope.hasNext = c.HasNext()
		}
		if v == nil {
			if hidden == nil {
				hidden = &frame{outer: entry, nullFor: s.elem, active: true}
			}
			st.frame = hidden
		}
		st.renderAll(s.body)
		st.checkOutput()
		st.frame = entry
		if st.stop != nil {
			if st.stop.nearest || st.stop.loop == s {
				st.stop = nil
			}
			break
		}
	}
	st.restore(s.elem, saved)
	if t.countSlot >= 0 {
		st.restore(t.countSlot, savedCount)
	}
	if t.hasNextSlot >= 0 {
		st.restore(t.hasNextSlot, savedNext)
	}
	if scope != nil {
		switch now := st.get(t.foreachSlot).(type) {
		case nil:
			st.fail(s.place, java.Throw("java.lang.NullPointerException", "$foreach is null at the end of a loop, as it is if that is the name of the loop's variable"))
		case *foreachScope:
			switch {
			case now.parent != nil:
				st.put(t.foreachSlot, now.parent)
			case now.getReplaced() != nil:
				st.put(t.foreachSlot, now.getReplaced())
			default:
				st.remove(t.foreachSlot)
			}
		}
	}
}

func (st *state) restore(slot int, v java.Value) {
	if v != nil {
		st.put(slot, v)
	} else {
		st.remove(slot)
	}
}

func (s *defineStmt) render(st *state) {
	st.keepFrames()
	st.put(s.key, st.newBlock(s.body, DefineDepth, s.place))
}

// A block is what #define stores and what $bodyContent is: statements, rendered at each use. It
// lives as long as the rendering that made it.
type block struct {
	st    *state // nil after its end
	frame *frame // where it was made
	body  []stmt
	depth int
	max   int
	at    place
}

func (st *state) newBlock(body []stmt, max int, at place) *block {
	b := &block{st: st, frame: st.frame, body: body, max: max, at: at}
	st.blocks = append(st.blocks, b)
	return b
}

// render renders the block with the variables of the place of its use. It reports false, having
// printed nothing, if the block is nested too deeply in itself.
func (b *block) render() bool {
	if b.depth++; b.depth > b.max {
		b.depth--
		return false
	}
	st := b.st
	st.enter(b.at)
	st.renderAll(b.body)
	st.leave()
	b.depth--
	st.catch()
	return true
}

// text renders the block with the variables of the place where it was made.
func (b *block) text() (string, bool) {
	st := b.st
	frame, out := st.frame, st.out
	st.frame = b.frame
	st.out = st.spare // out's buffer may be in use by a caller that prints the block as part of a value
	st.spare = nil
	ok := b.render()
	s := string(st.out)
	st.spare = st.out[:0]
	st.frame, st.out = frame, out
	st.need(len(s))
	return s, ok
}

// Text is the block's text as a part of another value, or its toString.
func (b *block) Text(*java.Budget) (text string, ok bool, err error) {
	if b.st == nil {
		return "", true, nil
	}
	if e := catch(func() { text, ok = b.text() }); e != nil {
		return "", false, e
	}
	return text, ok, nil
}

// ClassName is the name of Velocity's own class.
func (b *block) ClassName() string { return "org.apache.velocity.runtime.directive.Block$Reference" }

func (b *block) Property(string) (java.Value, bool) { return nil, false }
func (b *block) Call(*java.Budget, string, []java.Value) (java.Value, bool, error) {
	return nil, false, nil
}
func (b *block) String() string { return "" }

// enter counts a level of rendering.
func (st *state) enter(at place) {
	if err := st.budget.Enter(); err != nil {
		st.fail(at, err)
	}
	st.depth++
	st.step()
}

func (st *state) leave() {
	st.depth--
	st.budget.Leave()
}

func (s *macroStmt) render(st *state) {
	m := s.macro
	if m == nil {
		m = st.macros[s.name] // defined by an #evaluate
	}
	if m == nil {
		st.out = append(st.out, s.literal...)
		return
	}
	st.at = s.place
	if s.badArg != nil {
		panic(s.badArg.errorf("a bare word is not an argument that the macro #%s can take: quote it", s.name))
	}
	f := st.newFrame()
	for i, slot := range m.params {
		if i >= len(s.args) {
			break
		}
		switch a := s.args[i].(type) {
		case *constant:
			if _, isText := a.v.(string); !isText {
				f.setLocal(slot, a.v)
				continue
			}
		}
		f.setArg(frameArg{slot: slot, expr: s.args[i], text: s.texts[i]})
	}
	if s.block {
		if n := len(s.args); n < len(m.params) {
			f.unset(m.params[n]) // Velocity takes the block for the value of one more parameter, and it has none
		}
		st.keepFrames()
		f.setLocal(s.bodySlot, st.newBlock(s.body, st.limits.MacroDepth, s.place))
	}
	if st.macroDepth == st.limits.MacroDepth {
		e := m.place.errorf("max calling depth of %d was exceeded in macro '%s' with call stack: %s", st.limits.MacroDepth, s.name,
			strings.Join(st.macroNames, "->"))
		e.Err = &budget.LimitError{Limit: "MacroDepth", Max: st.limits.MacroDepth}
		panic(e)
	}
	st.macroDepth++
	st.macroNames = append(st.macroNames, s.name)
	st.enter(s.place)
	st.frame = f
	st.renderAll(m.body)
	st.endFrame(f)
	st.leave()
	// Velocity does not count a call that #break or #stop left as ended.
	if st.stop == nil {
		st.macroDepth--
		st.macroNames = st.macroNames[:len(st.macroNames)-1]
	}
	st.catch()
}

func (s *evaluateStmt) render(st *state) {
	st.at = s.place
	v := s.arg.value(st)
	if st.stop != nil {
		return
	}
	text := ""
	if v != nil {
		text, _ = st.text(s.place, v)
	}
	st.enter(s.place)
	st.need(len(text))
	body := st.parseAt(s.place, text)
	st.renderAll(body)
	st.leave()
	if st.stop != nil && st.stop.loop == nil {
		st.stop = nil // #stop ends only its #evaluate
	}
}

// parseAt parses text for #evaluate; a mistake in it is reported at the position of the #evaluate.
func (st *state) parseAt(at place, text string) (body []stmt) {
	st.own()
	c := &compiler{names: st.names, macros: st.macros, seen: st.seen, setting: st.tmpl.options.Setting}
	if err := catch(func() { body = c.compile(&source{name: st.tmpl.src.name, text: text}) }); err != nil {
		line, column := at.src.position(at.offset)
		// Its position is relative to the text, as in Velocity's message.
		err.Message = fmt.Sprintf("in the text of the #evaluate at line %d, column %d: %s", line, column, err.Message)
		panic(err)
	}
	for len(st.slots) < len(st.names.list) {
		st.slots = append(st.slots, nil)
	}
	return body
}

func (s *stopStmt) render(st *state) {
	if s.arg != nil {
		s.arg.value(st)
	}
	if st.stop == nil {
		st.stop = stopAll
	}
}

func (s *breakStmt) render(st *state) {
	if s.arg == nil {
		st.stop = breakNext
		return
	}
	v := s.arg.value(st)
	if st.stop != nil {
		return
	}
	scope, ok := v.(*foreachScope)
	if !ok {
		panic(s.place.errorf("%s is not a scope such as $foreach", s.text))
	}
	st.stop = &stopSignal{loop: scope.owner}
}

func (s *loadStmt) render(st *state) {
	st.at = s.place
	word := "include"
	if s.parse {
		word = "parse"
		if len(s.args) == 0 {
			panic(s.place.errorf("#parse needs an argument"))
		}
	}
	for i, a := range s.args {
		if !s.parse && !s.loadable[i] {
			panic(s.place.errorf("invalid #include argument %s", s.texts[i]))
		}
		v := a.value(st)
		if st.stop != nil {
			return
		}
		if v == nil {
			if s.parse {
				return
			}
			st.out = append(st.out, "<!-- include error : error with arg "...)
			st.out = append(st.out, byte('0'+i%10))
			st.out = append(st.out, " please see log. see error log -->"...)
			continue
		}
		if st.gateway {
			panic(s.place.errorf("#%s has nothing to load at API Gateway", word))
		}
		name, _ := st.text(s.place, v)
		panic(s.place.errorf("#%s: unable to find resource '%s'", word, name))
	}
}
