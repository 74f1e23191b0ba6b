package regexp

import (
	_ "embed"
	"fmt"
	"strings"
	"sync"
)

// blockList holds the Unicode blocks as Java 17 knows them: a name, the first and the last code
// point.
//
//go:embed blocks.txt
var blockList string

// blocks are sets by folded name.
var blocks = sync.OnceValue(func() map[string]string {
	sets := map[string]string{}
	for line := range strings.Lines(blockList) {
		var name string
		var first, last rune
		if _, err := fmt.Sscanf(line, "%s %X %X", &name, &first, &last); err != nil {
			panic(fmt.Sprintf("regexp: blocks.txt: %q: %v", line, err))
		}
		sets[foldName(name)] = quote(first) + "-" + quote(last)
	}
	return sets
})

// foldName unifies the ways of writing a block's name.
func foldName(name string) string {
	return strings.NewReplacer(" ", "", "_", "", "-", "").Replace(strings.ToUpper(name))
}
