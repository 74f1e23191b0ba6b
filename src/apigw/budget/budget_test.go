package budget_test

import (
	"context"
	"errors"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"example.com/guessing-game/src/apigw/budget"
)

func TestBudget(t *testing.T) {
	for name, test := range map[string]struct {
		limits budget.Limits
		spend  func(b *budget.Budget) error
		limit  string // "": within the limits
	}{
		"steps at the limit":     {budget.Limits{Steps: 5000}, func(b *budget.Budget) error { return repeat(5000, func() error { return b.Step(1) }) }, ""},
		"steps past the limit":   {budget.Limits{Steps: 5000}, func(b *budget.Budget) error { return repeat(5001, func() error { return b.Step(1) }) }, "Steps"},
		"due at the limit":       {budget.Limits{Steps: 5000}, func(b *budget.Budget) error { return repeat(5000, due(b)) }, ""},
		"due past the limit":     {budget.Limits{Steps: 5000}, func(b *budget.Budget) error { return repeat(5001, due(b)) }, "Steps"},
		"one large step":         {budget.Limits{Steps: 10}, func(b *budget.Budget) error { return b.Step(11) }, "Steps"},
		"steps that overflow":    {budget.Limits{Steps: 10}, func(b *budget.Budget) error { b.Step(math.MaxInt); return b.Step(math.MaxInt) }, "Steps"},
		"bytes at the limit":     {budget.Limits{Bytes: 100}, func(b *budget.Budget) error { return b.Make(100) }, ""},
		"bytes past the limit":   {budget.Limits{Bytes: 100}, func(b *budget.Budget) error { b.Make(100); return b.Make(1) }, "Bytes"},
		"a size at the limit":    {budget.Limits{Size: 100}, func(b *budget.Budget) error { b.Make(100); return b.Make(100) }, ""},
		"a size past the limit":  {budget.Limits{Size: 100}, func(b *budget.Budget) error { return b.Make(101) }, "Size"},
		"a size that overflowed": {budget.Limits{Size: 100}, func(b *budget.Budget) error { return b.Make(-1) }, "Size"},
		"time is steps, too":     {budget.Limits{Steps: 10}, func(b *budget.Budget) error { return b.Spend(time.Second) }, "Steps"},
		"bytes are steps, too":   {budget.Limits{Steps: 10}, func(b *budget.Budget) error { return b.Make(10_000) }, "Steps"},
		"reading takes steps":    {budget.Limits{Steps: 10}, func(b *budget.Budget) error { return b.Read(10_000) }, "Steps"},
		"depth at the limit":     {budget.Limits{Depth: 3}, func(b *budget.Budget) error { return repeat(3, b.Enter) }, ""},
		"depth past the limit":   {budget.Limits{Depth: 3}, func(b *budget.Budget) error { return repeat(4, b.Enter) }, "Depth"},
		"depth left and entered": {budget.Limits{Depth: 1}, func(b *budget.Budget) error { b.Enter(); b.Leave(); return b.Enter() }, ""},
		"no limits":              {budget.Limits{}, func(b *budget.Budget) error { b.Make(1 << 40); b.Enter(); return b.Step(1 << 40) }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			b := budget.New(t.Context(), test.limits)
			err := test.spend(b)
			var limit *budget.LimitError
			switch {
			case test.limit == "" && err != nil:
				t.Fatalf("got %v, want no error", err)
			case test.limit != "" && (!errors.As(err, &limit) || limit.Limit != test.limit):
				t.Fatalf("got %v, want the limit %s", err, test.limit)
			}
			if again := b.Step(0); again != err {
				t.Errorf("afterwards got %v, want %v again", again, err)
			}
		})
	}
}

// due steps as code does that cannot afford Step.
func due(b *budget.Budget) func() error {
	return func() error {
		if b.Due() {
			return b.Err()
		}
		return nil
	}
}

func TestContextEndsABudget(t *testing.T) {
	cause := errors.New("the client has gone")
	ctx, cancel := context.WithCancelCause(t.Context())
	b := budget.New(ctx, budget.Limits{})
	if err := b.Err(); err != nil {
		t.Fatal(err)
	}
	cancel(cause)
	if err := repeat(2000, func() error { return b.Step(1) }); err != cause {
		t.Errorf("got %v, want %v within 2,000 steps", err, cause)
	}
	if err := b.Make(1); err != cause {
		t.Errorf("got %v from then on, want %v", err, cause)
	}
}

func TestDeadlineEndsABudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := budget.New(t.Context(), budget.Limits{})
		b.SetDeadline(time.Now().Add(29 * time.Second))
		time.Sleep(29 * time.Second)
		if err := b.Err(); err != nil {
			t.Errorf("at the deadline: %v", err)
		}
		time.Sleep(time.Nanosecond)
		if err := repeat(2000, func() error { return b.Step(1) }); err != context.DeadlineExceeded {
			t.Errorf("got %v after the deadline, want %v within 2,000 steps", err, context.DeadlineExceeded)
		}
	})
}

func TestNilBudgetHasNoLimits(t *testing.T) {
	var b *budget.Budget
	if err := errors.Join(b.Step(1<<40), b.Make(1<<40), b.Read(1<<40), b.Enter(), b.Err()); err != nil {
		t.Error(err)
	}
	b.Leave()
}

func repeat(n int, do func() error) error {
	for range n {
		if err := do(); err != nil {
			return err
		}
	}
	return nil
}
