package vtl_test

import (
	"context"
	"errors"
	"fmt"

	"example.com/guessing-game/src/apigw/vtl"
	"example.com/guessing-game/src/apigw/vtl/java"
)

func Example() {
	t, err := vtl.Parse("greeting", `Hello $name!#foreach($g in $guesses) $g#if($foreach.hasNext),#end#end`, vtl.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	vars := vtl.NewVars()
	vars.Set("name", "Ada")
	vars.Set("guesses", java.NewList(int32(3), int32(7)))
	text, err := t.Render(vtl.NewBudget(context.Background()), vars)
	fmt.Println(text, err)
	// Output: Hello Ada! 3, 7 <nil>
}

// The two settings differ in missing values.
func ExampleOptions() {
	for _, setting := range []vtl.Setting{vtl.APIGateway, vtl.Velocity} {
		t, err := vtl.Parse("missing", `[$missing][$!missing]#if($missing)true#end`, vtl.Options{Setting: setting})
		if err != nil {
			fmt.Println(err)
			return
		}
		text, err := t.Render(vtl.NewBudget(context.Background()), nil)
		fmt.Println(setting, text, err)
	}
	// Output:
	// apigateway [][]true <nil>
	// velocity [$missing][] <nil>
}

func ExampleError_Detail() {
	_, err := vtl.Parse("request.vtl", "{\n  \"guess\": #if($n > 3 $n#end\n}", vtl.Options{})
	var e *vtl.Error
	if errors.As(err, &e) {
		fmt.Println(e.Detail())
	}
	// Output:
	// request.vtl:2:23: encountered "$n", expected ")" or an operator
	//     "guess": #if($n > 3 $n#end
	//                         ^
}

// What a template sets can be read from the variables afterwards.
func ExampleVars() {
	t, err := vtl.Parse("set", `#set($total = $price * 3)`, vtl.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	vars := vtl.NewVars()
	vars.Set("price", 1.5)
	if _, err := t.Render(vtl.NewBudget(context.Background()), vars); err != nil {
		fmt.Println(err)
	}
	fmt.Println(vars.Get("total"))
	// Output: 4.5
}

func ExampleDecodeJSON() {
	v, err := java.DecodeJSON([]byte(`{"z": 1, "a": [true, null, 1e7]}`))
	fmt.Println(java.String(v), err)
	fmt.Println(string(java.AppendJSON(nil, v)))
	// Output:
	// {z=1, a=[true, null, 1.0E7]} <nil>
	// {"z":1,"a":[true,null,1.0E7]}
}

// A util is an object that a host adds.
type util struct{}

func (util) Property(string) (java.Value, bool) { return nil, false }
func (util) String() string                     { return "" }

func (util) Call(_ *java.Budget, name string, args []java.Value) (java.Value, bool, error) {
	if name == "quote" && len(args) == 1 {
		return "«" + java.String(args[0]) + "»", true, nil
	}
	return nil, false, nil
}

func ExampleObject() {
	t, err := vtl.Parse("object", `$util.quote($x) $util.quote()`, vtl.Options{Setting: vtl.Velocity})
	if err != nil {
		fmt.Println(err)
		return
	}
	vars := vtl.NewVars()
	vars.Set("util", util{})
	vars.Set("x", true)
	text, err := t.Render(vtl.NewBudget(context.Background()), vars)
	fmt.Println(text, err)
	// Output: «true» $util.quote() <nil>
}
