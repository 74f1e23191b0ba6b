package vtl

// directive compiles #word, after its arguments and its block.
func (c *compiler) directive(src *source, n *node) stmt {
	at := place{src, n.first.begin}
	c.found(n.text, at)
	known := c.setting == Velocity || n.text != "evaluate"
	switch n.text {
	case "foreach":
		return c.foreach(src, n)
	case "define":
		if len(n.kids) == 0 {
			panic(at.errorf("#define needs a reference, as in #define($name)"))
		}
		c.assigning = true
		args := c.args(src, n.kids[:len(n.kids)-1])
		body := c.statements(src, n.kids[len(n.kids)-1].kids)
		if len(args) != 1 {
			panic(at.errorf("#define takes one reference, as in #define($name), not %d arguments", len(args)))
		}
		return &defineStmt{at, c.assign(tail(n.kids[0].first.image)), body}
	case "macro":
		return c.macroDefinition(src, n)
	case "literal":
		if len(n.kids) == 0 {
			panic(at.errorf("#literal needs parentheses: #literal()"))
		}
		c.args(src, n.kids[:len(n.kids)-1])
		c.uncounted(src, n.kids[len(n.kids)-1].kids)
		if k := n.kids[0]; k.kind == nodeBlock && len(k.kids) == 0 {
			panic(at.errorf("#literal has nothing to print"))
		}
		return textStmt(n.kids[0].literal())
	case "stop":
		args := c.args(src, n.kids)
		if len(args) > 1 {
			panic(at.errorf("#stop takes at most one argument, a message"))
		}
		s := &stopStmt{}
		if len(args) == 1 {
			s.arg = args[0]
		}
		return s
	case "break":
		args := c.args(src, n.kids)
		if len(args) > 1 {
			panic(at.errorf("#break takes at most one argument, a scope such as $foreach"))
		}
		s := &breakStmt{place: at}
		if len(args) == 1 {
			s.arg, s.text = args[0], n.kids[0].literal()
		}
		return s
	case "parse", "include":
		s := &loadStmt{place: at, parse: n.text == "parse", args: c.args(src, n.kids)}
		for _, k := range n.kids {
			s.texts = append(s.texts, k.literal())
			s.loadable = append(s.loadable, k.kind == nodeString || k.kind == nodeReference)
		}
		return s
	case "evaluate":
		if known {
			return c.evaluate(src, n)
		}
	}
	return c.macroCall(src, n)
}

func tail(s string) string {
	if s == "" {
		return ""
	}
	return s[1:]
}

// args compiles arguments; only the first can be the target of an assignment.
func (c *compiler) args(src *source, nodes []*node) []expr {
	out := make([]expr, len(nodes))
	for i, n := range nodes {
		out[i] = c.expr(src, n)
		c.assigning = false
	}
	c.assigning = false
	return out
}

func (c *compiler) foreach(src *source, n *node) stmt {
	at := place{src, n.first.begin}
	if len(n.kids) == 0 {
		panic(at.errorf("#foreach needs a reference, a word and what to loop over, as in #foreach($item in $list)"))
	}
	s := &foreachStmt{place: at, incomplete: len(n.kids) < 3}
	c.assigning = true
	last := len(n.kids) - 1
	args := c.args(src, n.kids[:last])
	var counted *countedLoop
	if c.coverage != nil {
		group := c.coverage.group()
		counted = &countedLoop{s, c.coverage.branch("#foreach entered", at, group), c.coverage.branch("#foreach not entered", at, group)}
	}
	body := c.statements(src, n.kids[last].kids)
	switch {
	case len(args) == 3:
		s.body = body
		if counted != nil {
			s.body = append([]stmt{loopProbe{}}, body...)
		}
	case len(args) > 3:
		// Velocity renders the fourth argument instead of the block; only a reference prints
		// anything.
		if r, ok := args[3].(*ref); ok {
			s.body = []stmt{r}
		}
	}
	if len(args) > 2 {
		s.list = args[2]
	}
	name := tail(n.kids[0].first.image)
	if len(args) > 0 {
		if r, ok := args[0].(*ref); ok {
			name = r.root
		}
	}
	s.elem = c.assign(name)
	if counted != nil {
		return counted
	}
	return s
}

func (c *compiler) macroDefinition(src *source, n *node) stmt {
	m := &macro{place: place{src, n.kids[len(n.kids)-1].first.begin}, name: n.kids[0].first.image}
	before := len(c.refs)
	for _, k := range n.kids[1 : len(n.kids)-1] {
		c.assigning = true
		c.expr(src, k)
		c.assigning = false
		name := k.first.image
		if len(name) > 0 && name[0] == '$' {
			name = name[1:]
		}
		m.params = append(m.params, c.assign(name))
	}
	for i := before; i < len(c.refs); i++ {
		c.refs[i].Assigned = true
	}
	if c.setting == APIGateway {
		m.body = c.uncounted(src, n.kids[len(n.kids)-1].kids)
	} else {
		m.body = c.statements(src, n.kids[len(n.kids)-1].kids)
	}
	if c.setting == Velocity && c.macros[m.name] == nil {
		c.macros[m.name] = m
	}
	return nil
}

func (c *compiler) macroCall(src *source, n *node) stmt {
	s := &macroStmt{place: place{src, n.first.begin}, name: n.text}
	if n.text != "" && n.text[0] == '@' {
		if len(n.kids) == 0 {
			return textStmt("#" + n.text)
		}
		s.block = true
		s.name = n.text[1:]
		s.bodySlot = c.assign("bodyContent")
	}
	for _, k := range n.kids {
		if k.kind == nodeBlock {
			s.body = c.statements(src, k.kids)
			continue
		}
		s.args = append(s.args, c.expr(src, k))
		if k.kind == nodeWord { // the last one counts
			s.badArg = &place{src, k.first.begin}
		}
		s.texts = append(s.texts, k.literal())
	}
	s.literal = n.source()
	if c.setting == APIGateway {
		return textStmt(s.literal)
	}
	c.calls = append(c.calls, s)
	return s
}

func (c *compiler) evaluate(src *source, n *node) stmt {
	at := place{src, n.first.begin}
	args := c.args(src, n.kids)
	switch {
	case len(args) == 0:
		panic(at.errorf("#evaluate takes one argument"))
	case len(args) > 1:
		panic(place{src, n.kids[1].first.begin}.errorf("#evaluate takes one argument, not %d", len(args)))
	}
	if k := n.kids[0]; k.kind != nodeString && k.kind != nodeReference {
		panic(place{src, k.first.begin}.errorf("#evaluate takes a string or a reference"))
	}
	c.dynamic = true
	return &evaluateStmt{at, args[0]}
}
