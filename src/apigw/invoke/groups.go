package invoke

import (
	"maps"
	"slices"
	"sync"
)

// groups are the process groups of all functions of this program: none of them may outlive it,
// however it ends.
var groups = &groupSet{live: map[int]bool{}}

type groupSet struct {
	mu    sync.Mutex
	live  map[int]bool // by the id of the first process
	guard *guard       // nil until there is a group, or if there can be none
	tried bool
}

// add adds a group that has been started.
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

// tell sends the guard the current groups.
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
