package vtl

import (
	"fmt"
	"math/big"
)

// className is the name of the Java class that a value has.
func className(v Value) string {
	switch v := v.(type) {
	case bool:
		return "java.lang.Boolean"
	case int32:
		return "java.lang.Integer"
	case int64:
		return "java.lang.Long"
	case *big.Int:
		return "java.math.BigInteger"
	case float64:
		return "java.lang.Double"
	case *Decimal:
		return "java.math.BigDecimal"
	case string:
		return "java.lang.String"
	case Char:
		return "java.lang.Character"
	case *List:
		if v.json {
			return "net.minidev.json.JSONArray"
		}
		return "java.util.ArrayList"
	case *Array:
		switch v.class {
		case "char":
			return "[C"
		case "byte":
			return "[B"
		case "int":
			return "[I"
		}
		return "[L" + v.class + ";"
	case *Map:
		return "java.util.LinkedHashMap"
	case *view:
		switch v.kind {
		case viewKeys:
			return "java.util.LinkedHashMap$LinkedKeySet"
		case viewValues:
			return "java.util.LinkedHashMap$LinkedValues"
		case viewEntries:
			return "java.util.LinkedHashMap$LinkedEntrySet"
		}
		return "java.util.ArrayList$SubList"
	case *entry:
		return "java.util.LinkedHashMap$Entry"
	case *iterator:
		if v.seq.m != nil {
			return "java.util.LinkedHashMap$" + [...]string{"LinkedKeyIterator", "LinkedValueIterator", "LinkedEntryIterator"}[v.seq.kind]
		}
		return v.seq.className(v.both)
	case *stream:
		if v.ints {
			return "java.util.stream.IntPipeline$Head"
		}
		return "java.util.stream.ReferencePipeline$Head"
	case *optional:
		return "java.util." + v.class
	case *block:
		return "org.apache.velocity.runtime.directive.Block$Reference"
	case *foreachScope:
		return "org.apache.velocity.runtime.directive.ForeachScope"
	case *scopeInfo:
		return "org.apache.velocity.runtime.directive.Scope$Info"
	case *classObject:
		return "java.lang.Class"
	}
	return fmt.Sprintf("%T", v)
}

// A classObject is $value.class: a name, and no way to anything else.
type classObject struct{ name string }

func (c *classObject) simpleName() string {
	if len(c.name) > 1 && c.name[0] == '[' {
		switch c.name[1] {
		case 'C':
			return "char[]"
		case 'B':
			return "byte[]"
		}
		inner := classObject{c.name[2 : len(c.name)-1]}
		return inner.simpleName() + "[]"
	}
	for i := len(c.name) - 1; i >= 0; i-- {
		if c.name[i] == '.' || c.name[i] == '$' {
			return c.name[i+1:]
		}
	}
	return c.name
}

func (c *classObject) Property(name string) (Value, bool) {
	switch lowerFirst(name) {
	case "name":
		return c.name, true
	case "simpleName":
		return c.simpleName(), true
	}
	return nil, false
}

func (c *classObject) Call(name string, args []Value) (Value, bool, error) {
	if len(args) == 0 {
		switch name {
		case "getName":
			return c.name, true, nil
		case "getSimpleName":
			return c.simpleName(), true, nil
		}
	}
	return nil, false, nil
}

func (c *classObject) String() string { return "class " + c.name }
