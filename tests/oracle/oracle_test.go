package oracle

import (
	"fmt"
	"os"
	"slices"
	"testing"
)

// With echo as its argument, TestMain is a program that ends after each answer below zero and fails
// at 13.
func TestMain(m *testing.M) {
	if len(os.Args) < 2 || os.Args[1] != "echo" {
		os.Exit(m.Run())
	}
	var n int
	for {
		if _, err := fmt.Scan(&n); err != nil {
			os.Exit(0)
		}
		if n == 13 {
			os.Exit(1)
		}
		fmt.Println(n)
		if n < 0 {
			os.Exit(0)
		}
	}
}

func TestAProgramThatEndsIsStartedAgain(t *testing.T) {
	t.Parallel()
	o := &Oracle{line: []string{os.Args[0], "echo"}}
	if err := o.start(); err != nil {
		t.Fatal(err)
	}
	for _, questions := range [][]int{{1, -2, 3, -4}, {-5}, {6, 7}} {
		if answers, err := Ask[int, int](o, questions); err != nil || !slices.Equal(answers, questions) {
			t.Errorf("asked %v, got %v (%v)", questions, answers, err)
		}
	}
	if answers, err := Ask[int, int](o, []int{8, 13, 9}); err == nil {
		t.Errorf("got %v of a program that failed", answers)
	}
}
