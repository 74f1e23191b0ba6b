package functions

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"time"

	"example.com/guessing-game/src/apigw/runtimes"
	"example.com/guessing-game/src/apigw/standin"
	"example.com/guessing-game/src/apigw/webadapter"
)

// build builds the program of a function, or the programs of several functions whose project is
// built as a whole.
type build struct {
	of    []*Function
	begin sync.Once
	run   func() error
	done  chan struct{}
	err   error // when done is closed
}

// start starts the build, unless it has started.
func (b *build) start() {
	b.begin.Do(func() {
		go func() {
			b.err = b.run()
			close(b.done)
		}()
	})
}

// findRuntimes finds out how to run the functions that have no command, unless the endpoint runs
// them, and starts the builds they need.
func (b *Flags) findRuntimes(fs *Set, w Surroundings, debug *runtimes.Debug) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	finder, err := runtimes.NewFinder(runtimes.Options{Getenv: w.System.Getenv, Say: w.Say, Debug: debug, NoInstall: b.noInstall, Adapter: []string{self, webadapter.Command}, Containers: standin.Containers})
	if err != nil {
		return err
	}
	built := map[string]*build{} // by project or function
	places := make(chan struct{}, runtime.NumCPU())
	ctx, stop := context.WithCancel(context.Background())
	fs.building, fs.stop = ctx, stop
	for _, f := range fs.List {
		switch {
		case f.folder != "":
			f.Launch, f.missing = finder.Go(f.Function, f.folder)
		case f.command == nil && b.Endpoint == "":
			f.Launch, f.missing = finder.Find(f.Function)
		}
		if f.missing == nil && f.Launch != nil && f.Launch.Build != nil {
			of := cmp.Or(f.Launch.Project, f.ID)
			b := built[of]
			if b == nil {
				b = &build{done: make(chan struct{})}
				b.run = func() error {
					places <- struct{}{}
					defer func() { <-places }()
					err := b.of[0].build(ctx, w.Say, b.of)
					if err != nil && ctx.Err() == nil {
						w.Say(fmt.Sprintf("error: %s cannot be built: %v", idsOf(b.of), err))
					}
					return err
				}
				built[of] = b
				fs.builds = append(fs.builds, b)
			}
			b.of = append(b.of, f)
			f.built.Store(b)
		}
	}
	return nil
}

// Build starts all builds, and waits for them for at most the given time.
func (fs *Set) Build(wait time.Duration) {
	for _, b := range fs.builds {
		b.start()
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	for _, b := range fs.builds {
		select {
		case <-b.done:
		case <-timer.C:
			return
		}
	}
}

// Await implements gateway.Awaiter.
func (fs *Set) Await(ctx context.Context, name string) {
	if f := fs.Find(name); f != nil {
		_ = f.await(ctx) // Invoke says why it cannot be invoked
	}
	if fs.StandIn != nil {
		fs.StandIn.Await(ctx)
	}
}

// await waits until the function's program has been built. The error says why it has not.
func (f *Function) await(ctx context.Context) error {
	b := f.built.Load()
	if b == nil {
		return nil
	}
	b.start()
	select {
	case <-b.done:
		return b.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// State reports whether the function's program is still being built, and why it does not run, as
// far as is known now.
func (f *Function) State() (building bool, missing error) {
	b := f.built.Load()
	if b == nil || f.missing != nil {
		return false, f.missing
	}
	select {
	case <-b.done:
		return false, b.err
	default:
		return true, nil
	}
}

// build builds a program for all functions that run it.
func (f *Function) build(ctx context.Context, say func(string), all []*Function) error {
	names, begin := idsOf(all), time.Now()
	if f.Launch.Installs {
		return f.Launch.Build(ctx)
	}
	done := time.AfterFunc(Quiet, func() { say(fmt.Sprintf("building %s: %s …", names, f.Launch.How)) })
	defer done.Stop()
	if err := f.Launch.Build(ctx); err != nil {
		return err
	}
	if took := time.Since(begin); took > Quiet {
		say(fmt.Sprintf("%s ready, built in %.1f s", names, took.Seconds()))
	}
	return nil
}

func idsOf(all []*Function) string {
	var ids []string
	for _, f := range all {
		ids = append(ids, f.ID)
	}
	return strings.Join(ids, ", ")
}

// Quiet is how long a build may take before a line announces it.
const Quiet = 300 * time.Millisecond

// Restart replaces the processes of a function whose program has changed, after a build if one is
// needed.
func (fs *Set) Restart(f *Function, say func(string)) error {
	if f.Launch != nil && f.Launch.Build != nil {
		if err := f.build(fs.building, say, []*Function{f}); err != nil {
			return err
		}
		f.built.Store(nil) // whether or not the last build succeeded
	}
	f.Host.Reload()
	return nil
}

// buildEnd is how long a build that has been ended may take to remove what it has not finished.
const buildEnd = 500 * time.Millisecond

// endBuilds ends all builds; those that have not begun never will.
func (fs *Set) endBuilds() {
	if fs.stop == nil {
		return
	}
	fs.stop()
	end := time.After(buildEnd)
	for _, b := range fs.builds {
		b.begin.Do(func() {
			b.err = context.Canceled
			close(b.done)
		})
		select {
		case <-b.done:
		case <-end:
			return
		}
	}
}
