package invoke

import (
	"maps"
	"slices"
	"sync"
)

// groups are the process groups of all functions of this program, for its end: whatever that is,
// none of them may outlive it.
var groups = &groupSet{live: map[int]bool{}}

type groupSet struct {
	mu    sync.Mutex
	live  map[int]bool // by the id of the first process
	guard *guard       // nil until there is a group, or where none can be had
	tried bool
}

// add notes a group that has been started.
func (g *groupSet) add(pid int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.live[pid] = true
	if !g.tried {
		g.tried = true
		g.guard = newGuard()
	}
	g.tell()
}

// remove forgets a group that has ended.
func (g *groupSet) remove(pid int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.live, pid)
	g.tell()
}

// tell lets the guard know the groups that there are.
func (g *groupSet) tell() {
	if g.guard != nil {
		g.guard.tell(slices.Sorted(maps.Keys(g.live)))
	}
}

// Kill ends all processes of all functions at once, for a program that must end now.
func Kill() {
	groups.mu.Lock()
	defer groups.mu.Unlock()
	for pid := range groups.live {
		killGroup(pid)
	}
}
