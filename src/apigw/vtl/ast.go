package vtl

import "strings"

type nodeKind uint8

const (
	nodeProcess nodeKind = iota
	nodeText
	nodeEscapedDirective
	nodeEscape
	nodeComment
	nodeTextblock
	nodeFloat
	nodeInteger
	nodeString
	nodeIdentifier
	nodeWord
	nodeDirective
	nodeBlock
	nodeMap
	nodeList
	nodeRange
	nodeMethod
	nodeIndex
	nodeReference
	nodeTrue
	nodeFalse
	nodeIf
	nodeElse
	nodeElseIf
	nodeSet
	nodeExpression
	nodeOr
	nodeAnd
	nodeEQ
	nodeNE
	nodeLT
	nodeGT
	nodeLE
	nodeGE
	nodeAdd
	nodeSub
	nodeMul
	nodeDiv
	nodeMod
	nodeNot
)

// A node is a node of the syntax tree, shaped like Velocity's: the compiler turns it into
// statements that render.
type node struct {
	kind        nodeKind
	first, last *token
	kids        []*node
	text        string // the name of a directive, what an escape prints
}

// literal is the node's text as Velocity assembles it from its tokens.
func (n *node) literal() string {
	if n.first == n.last {
		return tokenText(n.first)
	}
	var b strings.Builder
	for t := n.first; t != nil; t = t.next {
		b.WriteString(tokenText(t))
		if t == n.last {
			break
		}
	}
	return b.String()
}

// source is the node's text with nothing but the tokens themselves.
func (n *node) source() string {
	var b strings.Builder
	for t := n.first; t != nil; t = t.next {
		b.WriteString(t.image)
		if t == n.last {
			break
		}
	}
	return b.String()
}

// tokenText is a token's image after the dollars and hashes that turned out not to begin
// anything.
func tokenText(t *token) string {
	if t.kind == tokMultiComment {
		return ""
	}
	if t.special == nil || strings.HasPrefix(t.special.image, "##") {
		return t.image
	}
	if s := specialText(t); s != "" {
		return s + t.image
	}
	return t.image
}

func specialText(t *token) string {
	var b []byte
	first := t.special
	for first.special != nil {
		first = first.special
	}
	for s := first; s != nil; s = s.next {
		st := s.image
		for i := 0; i < len(st); i++ {
			c := st[i]
			if c == '#' || c == '$' {
				b = append(b, c)
			}
			if c != '\\' {
				continue
			}
			j := i
			for j < len(st) && st[j] == '\\' {
				j++
			}
			if j < len(st) && st[j] == '$' {
				b = append(b, st[i:j+1]...)
				i = j + 1
			}
		}
	}
	return string(b)
}
