package java

import (
	"fmt"
	"math/big"
)

// ClassName returns the name of a value's Java class.
func ClassName(v Value) string {
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
	case Native:
		return v.ClassName()
	}
	return fmt.Sprintf("%T", v)
}

// A classObject is $value.class: a name, and nothing else.
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
	switch LowerFirst(name) {
	case "name":
		return c.name, true
	case "simpleName":
		return c.simpleName(), true
	}
	return nil, false
}

func (c *classObject) Call(_ *Budget, name string, args []Value) (Value, bool, error) {
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

func (c *classObject) ClassName() string { return "java.lang.Class" }

func (c *classObject) String() string { return "class " + c.name }
