package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/fsnotify/fsnotify"
)

// settle is how long a file must be left alone before a change counts: builds and editors write in several steps.
const settle = 150 * time.Millisecond

// watcher reloads what is served when its files change. It watches directories, since editors and compilers put a new file in the
// place of the old one.
type watcher struct {
	st       *starter
	ls       *listeners
	notify   *fsnotify.Watcher
	done     chan struct{}
	dirs     map[string]bool
	stamps   map[string]string // what is known of each file
	sources  map[string]bool   // template, documents and what they include
	programs map[string][]*function
}

func newWatcher(st *starter, ls *listeners) (*watcher, error) {
	n, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, fmt.Errorf("--watch: %w", err)
	}
	w := &watcher{st: st, ls: ls, notify: n, done: make(chan struct{}), dirs: map[string]bool{}}
	if err := w.follow(); err != nil {
		n.Close()
		return nil, err
	}
	go w.loop()
	return w, nil
}

func (w *watcher) close() {
	w.notify.Close()
	<-w.done
}

// follow watches the files of what is served now.
func (w *watcher) follow() error {
	files := w.st.current.project.Files()
	if w.st.source.envVars != "" {
		files = append(files, w.st.source.envVars)
	}
	w.sources, w.programs = map[string]bool{}, w.st.current.functions.programs(filepath.Dir(w.st.current.project.File))
	for _, f := range files {
		if abs, err := filepath.Abs(f); err == nil {
			w.sources[abs] = true
		}
	}
	if w.stamps == nil {
		w.stamps = map[string]string{}
	}
	all := []string{}
	for f := range w.sources {
		all = append(all, f)
	}
	for f := range w.programs {
		all = append(all, f)
	}
	for _, f := range all {
		if _, known := w.stamps[f]; !known {
			w.stamps[f] = stamp(f)
		}
		dir := filepath.Dir(f)
		if w.dirs[dir] {
			continue
		}
		if err := w.notify.Add(dir); err != nil {
			return fmt.Errorf("--watch: %s: %w", dir, err)
		}
		w.dirs[dir] = true
	}
	return nil
}

// stamp tells whether a file has changed.
func stamp(file string) string {
	info, err := os.Stat(file)
	if err != nil {
		return "absent"
	}
	return fmt.Sprint(info.ModTime().UnixNano(), info.Size())
}

func (w *watcher) loop() {
	defer close(w.done)
	timer := time.NewTimer(time.Hour)
	timer.Stop()
	for {
		select {
		case _, ok := <-w.notify.Events:
			if !ok {
				return
			}
			timer.Reset(settle)
		case err, ok := <-w.notify.Errors:
			if !ok {
				return
			}
			w.st.log.Warn("a change of a file may have been missed", "error", err)
			timer.Reset(settle)
		case <-timer.C:
			w.look()
		}
	}
}

// look finds what has changed and acts on it.
func (w *watcher) look() {
	var reload bool
	var restart []*function
	for f, known := range w.stamps {
		now := stamp(f)
		if now == known || now == "absent" {
			continue // a file that is gone is about to be replaced
		}
		w.stamps[f] = now
		reload = reload || w.sources[f]
		restart = append(restart, w.programs[f]...)
	}
	if reload {
		w.reload()
	}
	for _, f := range slices.Compact(restart) {
		if f.host != nil {
			f.host.Reload()
			w.say(green, fmt.Sprintf("restarted %s: its program has changed", f.ID))
		}
	}
}

func (w *watcher) reload() {
	begin := time.Now()
	st := w.st
	p, err := st.source.load(st.sys)
	var next *serving
	if err == nil {
		next, err = st.prepare(p, w.ls)
	}
	if err != nil {
		w.say(red, fmt.Sprintf("not reloaded, the version before is still served:\n%v", err))
		return
	}
	st.replace(next)
	w.say(green, fmt.Sprintf("reloaded %s in %.0f ms", p.File, float64(time.Since(begin))/float64(time.Millisecond)))
	for _, note := range p.Warnings {
		w.say(yellow, note.Error())
	}
	if err := w.follow(); err != nil {
		st.log.Warn("not all files are watched", "error", err)
	}
}

func (w *watcher) say(c color, text string) {
	fmt.Fprintln(w.st.err, w.st.console.paint(c, "watch: ")+text)
}
