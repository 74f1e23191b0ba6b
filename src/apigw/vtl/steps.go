package vtl

import (
	"errors"
	"fmt"

	"example.com/guessing-game/src/apigw/budget"
	"example.com/guessing-game/src/apigw/vtl/java"
)

// The steps of references, which package java resolves on values.

func (s *propertyStep) apply(st *state, v java.Value) java.Value {
	if scope, ok := v.(*foreachScope); ok { // loops are full of $foreach.hasNext
		if r, ok := scope.getter(java.LowerFirst(s.name)); ok {
			return r
		}
	}
	r, _, err := java.Property(st.budget, v, s.name)
	if err != nil {
		st.fail(s.place, err)
	}
	return r
}

func (s *indexStep) apply(st *state, v java.Value) java.Value {
	key := s.arg.value(st)
	if st.stop != nil {
		return nil
	}
	st.at = s.place
	r, _, err := java.Index(st.budget, v, key)
	if err != nil {
		st.fail(s.place, err)
	}
	return r
}

func (s *methodStep) apply(st *state, v java.Value) java.Value {
	base := len(st.args)
	for _, a := range s.args {
		v := a.value(st)
		if st.stop != nil {
			st.args = st.args[:base]
			return nil
		}
		st.args = append(st.args, v)
	}
	st.step()
	st.at = s.place
	args := st.args[base:len(st.args):len(st.args)]
	r, _, err := s.method.Call(st.budget, v, args)
	st.args = st.args[:base]
	if err != nil {
		var inner *Error
		var limit *budget.LimitError
		if _, isBlock := v.(*block); isBlock && errors.As(err, &inner) && !errors.As(err, &limit) && st.budget.Err() == nil {
			// An error in a #define that toString renders is thrown by the call.
			err = java.Throw("org.apache.velocity.exception.MethodInvocationException", "%s", inner.Message)
		}
		var thrown *java.Exception
		if errors.As(err, &thrown) {
			err = fmt.Errorf("invocation of method '%s' in class %s threw exception %w", s.method, java.ClassName(v), err)
		}
		st.fail(s.place, err)
	}
	return r
}
