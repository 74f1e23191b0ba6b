package replay

import (
	"regexp"
	"strings"

	"example.com/guessing-game/src/apigw/executionlog"
	"example.com/guessing-game/src/apigw/mappingtest"
)

// words matches the pieces of a string that can differ independently: numbers, names, ids, paths.
var words = regexp.MustCompile(`[\p{L}\p{N}_+/=.:-]+|\s+|[^\p{L}\p{N}_+/=.:\s-]`)

// same reports whether a logged string equals a local run's wherever the local runs a and b
// agree. Of a truncated string only the remaining part counts.
func same(logged *executionlog.Text, a, b string) bool {
	want := logged.S
	if !logged.Cut {
		w, ok1 := mappingtest.Indented(want)
		ia, ok2 := mappingtest.Indented(a)
		ib, ok3 := mappingtest.Indented(b)
		if ok1 && ok2 && ok3 {
			want, a, b = w, ia, ib
		}
	}
	if want == a || logged.Cut && strings.HasPrefix(a, want) {
		return true
	}
	wants, as, bs := words.FindAllString(want, -1), words.FindAllString(a, -1), words.FindAllString(b, -1)
	if len(as) != len(bs) || len(wants) > len(as) || len(wants) < len(as) && !logged.Cut {
		return false
	}
	for i, w := range wants {
		last := logged.Cut && i == len(wants)-1
		if w != as[i] && as[i] == bs[i] && !(last && strings.HasPrefix(as[i], w)) {
			return false
		}
	}
	return true
}

// maxAligned bounds the words that are aligned with each other: the work is their product.
const maxAligned = 4 << 20

// known returns a logged string in which the words where the local runs a and b differ, which only
// the log knows, are replaced by those of a.
func known(logged, a, b string) string {
	wants, as, bs := words.FindAllString(logged, -1), words.FindAllString(a, -1), words.FindAllString(b, -1)
	if len(as) != len(bs) || len(wants)*len(as) > maxAligned {
		return logged
	}
	// The cheapest alignment: equal words cost nothing, a word that only the log knows costs a
	// little, any other difference a lot.
	const wild, missing, other = 1, 10, 21
	n, m := len(wants), len(as)
	cost := make([][]int32, n+1)
	for i := range cost {
		cost[i] = make([]int32, m+1)
	}
	change := func(i, j int) int32 {
		switch {
		case wants[i] == as[j]:
			return 0
		case as[j] != bs[j]:
			return wild
		}
		return other
	}
	for i := n; i >= 0; i-- {
		for j := m; j >= 0; j-- {
			switch {
			case i == n:
				cost[i][j] = int32(m-j) * missing
			case j == m:
				cost[i][j] = int32(n-i) * missing
			default:
				cost[i][j] = min(cost[i+1][j+1]+change(i, j), cost[i+1][j]+missing, cost[i][j+1]+missing)
			}
		}
	}
	for i, j := 0, 0; i < n && j < m; {
		switch cost[i][j] {
		case cost[i+1][j+1] + change(i, j):
			if as[j] != bs[j] {
				wants[i] = as[j]
			}
			i, j = i+1, j+1
		case cost[i+1][j] + missing:
			i++
		default:
			j++
		}
	}
	return strings.Join(wants, "")
}

// alike formats a logged string and a local one in the same way, for people.
func alike(logged *executionlog.Text, local string) (want, got string) {
	want, got = logged.S, local
	if logged.Cut {
		if len(got) > len(want) {
			got = got[:len(want)]
		}
		return want, got
	}
	w, ok1 := mappingtest.Indented(want)
	g, ok2 := mappingtest.Indented(got)
	if ok1 && ok2 {
		return w, g
	}
	return want, got
}
