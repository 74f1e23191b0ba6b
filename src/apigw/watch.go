package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"example.com/guessing-game/src/apigw/console"
	"example.com/guessing-game/src/apigw/functions"
)

const (
	// sweepPause is the time between two sweeps over the files. A change counts once two sweeps
	// find the same state, since builds and editors write in several steps.
	sweepPause = 100 * time.Millisecond
	// sweepShare bounds the cost of sweeps: the pause is at least this many times as long as the
	// sweep before it.
	sweepShare = 20
	// buildTime bounds how long a reload waits for builds; requests wait for longer ones.
	buildTime = 10 * time.Minute
)

// watcher reloads what is served when its files change. It polls the files rather than have the
// kernel report changes: so it does not matter how a file was replaced, whether its directory was
// removed and made again, where a link points, or whether the file system reports changes at all
// (in containers, in WSL and on networks it often does not).
type watcher struct {
	st       *starter
	stop     chan struct{}
	done     chan struct{}
	known    map[string]os.FileInfo // the state that was last acted on
	sources  map[string]bool        // template, documents and what they include
	programs map[string][]*functions.Function
	written  []os.FileInfo                // files that this program itself writes to
	begin    time.Time                    // when reading what is served began
	parts    map[*functions.Function]int  // how many folders and files are watched for a function
	grown    map[*functions.Function]bool // functions to which a build has added files since the last sweep
}

// newWatcher starts to watch what st serves, which it began to read at begin.
func newWatcher(st *starter, begin time.Time) *watcher {
	w := &watcher{st: st, stop: make(chan struct{}), done: make(chan struct{}), known: map[string]os.FileInfo{}, parts: map[*functions.Function]int{}}
	for _, out := range []any{st.sys.Stdout, st.sys.Stderr, st.logTo} {
		if f, ok := console.File(out); ok {
			if info, err := f.Stat(); err == nil {
				w.written = append(w.written, info)
			}
		}
	}
	w.follow(begin)
	go w.loop()
	return w
}

func (w *watcher) close() {
	close(w.stop)
	<-w.done
}

// follow watches the files of what is served now, which were read after begin: a file written later
// has changed.
func (w *watcher) follow(begin time.Time) {
	w.begin = begin
	clear(w.parts)
	files := w.st.current.project.Files()
	if w.st.source.EnvVars != "" {
		files = append(files, w.st.source.EnvVars)
	}
	for _, f := range w.st.current.functions.List {
		if f.Launch != nil {
			files = append(files, f.Launch.Manifests...)
		}
	}
	w.sources = map[string]bool{}
	for _, f := range files {
		if abs, err := filepath.Abs(f); err == nil {
			w.sources[abs] = true
		}
	}
	w.findPrograms()
	for _, f := range w.files() {
		if info, err := os.Stat(f); w.known[f] == nil && err == nil && !info.ModTime().After(begin) {
			w.known[f] = info
		}
	}
}

func (w *watcher) findPrograms() {
	w.grown = map[*functions.Function]bool{}
	for _, f := range w.st.current.functions.List {
		if f.Launch != nil {
			n := len(f.Launch.Watched())
			w.grown[f] = n > w.parts[f]
			w.parts[f] = n
		}
	}
	w.programs = w.st.current.functions.Programs()
}

func (w *watcher) files() []string {
	files := slices.Collect(maps.Keys(w.sources))
	for f := range w.programs {
		if !w.sources[f] {
			files = append(files, f)
		}
	}
	return files
}

func (w *watcher) loop() {
	defer close(w.done)
	var before map[string]os.FileInfo
	pause := sweepPause
	for {
		select {
		case <-time.After(pause):
		case <-w.stop:
			return
		}
		begin := time.Now()
		changed := w.changes()
		pause = max(sweepPause, sweepShare*time.Since(begin))
		if len(changed) > 0 && maps.EqualFunc(changed, before, sameFile) {
			w.act(changed)
			changed = nil
		}
		before = changed
	}
}

// changes returns the files that have changed. One that is gone is about to be replaced.
func (w *watcher) changes() map[string]os.FileInfo {
	w.findPrograms() // a folder may have new files
	changed := map[string]os.FileInfo{}
	for _, f := range w.files() {
		info, err := os.Stat(f)
		switch {
		case err != nil, slices.ContainsFunc(w.written, func(own os.FileInfo) bool { return os.SameFile(own, info) }):
		case w.known[f] == nil && !info.ModTime().After(w.begin) && slices.ContainsFunc(w.programs[f], func(f *functions.Function) bool { return w.grown[f] }):
			w.known[f] = info // it is not new: a build has reported it
		case w.known[f] == nil || !sameFile(info, w.known[f]):
			changed[f] = info
		}
	}
	return changed
}

// sameFile reports whether a file has not been written or replaced in between.
func sameFile(a, b os.FileInfo) bool {
	return os.SameFile(a, b) && a.ModTime().Equal(b.ModTime()) && a.Size() == b.Size()
}

// act reloads or restarts what the changed files belong to.
func (w *watcher) act(changed map[string]os.FileInfo) {
	maps.Copy(w.known, changed)
	var sources []string
	restart := map[*functions.Function]bool{}
	for _, f := range slices.Sorted(maps.Keys(changed)) {
		if w.sources[f] {
			sources = append(sources, w.shown(f))
		}
		for _, function := range w.programs[f] {
			restart[function] = true
		}
	}
	for f := range restart {
		if f.Host == nil { // it could not run before
			sources = append(sources, "the code of "+f.ID)
			continue
		}
		if err := w.st.current.functions.Restart(f, func(text string) { w.say(console.Gray, text) }); err != nil {
			w.say(console.Red, fmt.Sprintf("restart failed; still running the previous version:\n%v", err))
			continue
		}
		w.say(console.Green, fmt.Sprintf("restarted %s: its program has changed", f.ID))
	}
	if len(sources) > 0 {
		w.reload(sources)
	}
}

// shown is the path of a file, relative if it is in the working directory.
func (w *watcher) shown(file string) string {
	if dir, err := os.Getwd(); err == nil {
		if rel, err := filepath.Rel(dir, file); err == nil && !strings.HasPrefix(rel, "..") {
			return rel
		}
	}
	return file
}

func (w *watcher) reload(changed []string) {
	begin := time.Now()
	st := w.st
	p, err := st.source.Load(st.sys)
	var next *serving
	if err == nil {
		if next, err = st.prepare(p); err == nil {
			err = st.backend.Connect(next.functions, st.current.functions, st.surroundings())
		}
		if err == nil {
			next.functions.Build(buildTime)
		}
	}
	if err != nil {
		w.say(console.Red, fmt.Sprintf("reload failed; still serving the previous version:\n%v", err))
		return
	}
	old := st.current
	st.replace(next)
	w.say(console.Green, fmt.Sprintf("reloaded %s in %.0f ms: %s changed", p.File, float64(time.Since(begin))/float64(time.Millisecond), strings.Join(changed, ", ")))
	said := map[string]bool{}
	for _, note := range remarks(old) {
		said[note] = true
	}
	for _, note := range remarks(next) {
		if !said[note] {
			w.say(console.Yellow, note)
		}
	}
	w.follow(begin)
}

func (w *watcher) say(c console.Color, text string) {
	fmt.Fprintln(w.st.err, w.st.console.Paint(c, "watch: ")+text)
}
