//go:build e2e

package browser

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// patience is how long a test waits for something that should happen at once.
const patience = time.Minute

// chromium is the one browser of all tests; each test has its own profile in it.
var chromium context.Context

func TestMain(m *testing.M) {
	flag.Parse()
	status := withChromium(m.Run)
	removePrograms()
	os.Exit(status)
}

func withChromium(run func() int) int {
	var path string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		fmt.Fprintln(os.Stderr, "no Chromium on the PATH: run tests/browser/install.sh")
		return 1
	}
	profile, err := os.MkdirTemp("", "guessing-game-browser-*")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(profile)
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.UserDataDir(profile),
		chromedp.NoSandbox, // it loads only our own pages, often as root in a container
		chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("hide-scrollbars", true),
		chromedp.Flag("host-resolver-rules", "MAP "+evil+" 127.0.0.1"),
	)
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	defer stop()
	browser, cancel := chromedp.NewContext(allocator)
	defer cancel()
	if err := chromedp.Do(browser); err != nil {
		fmt.Fprintf(os.Stderr, "%s does not start: %v\n", path, err)
		return 1
	}
	chromium = browser
	return run()
}

// look is how a page is displayed.
type look struct {
	name          string
	width, height int64
	phone, dark   bool
	still         bool // prefers-reduced-motion
}

var (
	desktop = look{name: "desktop", width: 1280, height: 800}
	phone   = look{name: "phone", width: 390, height: 844, phone: true}
)

func (l look) inTheDark() look {
	l.name += "-dark"
	l.dark = true
	return l
}

func (l look) withoutMotion() look {
	l.still = true
	return l
}

// tab is one page in its own browser profile. Whatever the browser complains about fails the test
// at its end.
type tab struct {
	t   *testing.T
	ctx context.Context

	mu         sync.Mutex
	complaints []string // of scripts and policies
	refusals   []string // responses with an error status and requests without a response, which the browser itself logs
}

// open opens an address. With expectRefusals the test is about requests that fail, which the
// browser may log.
func open(t *testing.T, address string, l look) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(chromium, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("cannot open a tab: %v", err)
	}
	p := &tab{t: t, ctx: ctx}
	if err := chromedp.Listen(ctx, p.listen); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, complaint := range p.taken() {
			t.Errorf("the browser complains: %s", complaint)
		}
	})
	scale := 1.0
	if l.phone {
		scale = 2
	}
	scheme, motion := "light", "no-preference"
	if l.dark {
		scheme = "dark"
	}
	if l.still {
		motion = "reduce"
	}
	call(p, cdplog.Enable, cdp.Empty{})
	call(p, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	call(p, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: l.width, Height: l.height, DeviceScaleFactor: scale, Mobile: l.phone})
	call(p, emulation.SetTouchEmulationEnabled, emulation.SetTouchEmulationEnabledParams{Enabled: l.phone})
	call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: motion},
	}})
	p.navigate(address)
	return p
}

func (p *tab) navigate(address string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Navigate(address)); err != nil {
		p.t.Fatalf("cannot open %s: %v", address, err)
	}
}

// reload reloads the page.
func (p *tab) reload() {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Reload()); err != nil {
		p.t.Fatalf("cannot reload: %v", err)
	}
}

func (p *tab) listen(event any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch event := event.(type) {
	case *cdplog.EventEntryAdded:
		entry := event.Entry
		text := fmt.Sprintf("%s %s: %s %s", entry.Source, entry.Level, entry.Text, entry.URL)
		if entry.Source == cdplog.EntrySourceNetwork {
			p.refusals = append(p.refusals, text)
		} else {
			p.complaints = append(p.complaints, text)
		}
	case *runtime.EventExceptionThrown:
		details := event.ExceptionDetails
		text := details.Text
		if details.Exception != nil {
			text += " " + details.Exception.Description
		}
		p.complaints = append(p.complaints, "exception: "+text)
	case *runtime.EventConsoleAPICalled:
		words, _ := json.Marshal(event.Args)
		p.complaints = append(p.complaints, fmt.Sprintf("console.%s: %s", event.Type, words))
	}
}

// taken returns the browser's complaints so far, and forgets them.
func (p *tab) taken() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := append(p.complaints, p.refusals...)
	p.complaints, p.refusals = nil, nil
	return all
}

// expectRefusals discards the log lines that the browser writes about responses that a test
// provokes, and asserts that there were any.
func (p *tab) expectRefusals() {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.refusals) == 0 {
		p.t.Errorf("the browser saw no request fail")
	}
	p.refusals = nil
}

// call sends a command of the DevTools protocol.
func call[P, R any](p *tab, command cdp.Command[P, R], params P) {
	p.t.Helper()
	err := chromedp.Do(p.ctx, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, command, params)
		return err
	}))
	if err != nil {
		p.t.Fatalf("%s: %v", command.Method, err)
	}
}

// eval evaluates an expression in the page, and waits if it is a promise.
func eval[T any](p *tab, expression string) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		p.t.Fatalf("%.200s: %v", expression, err)
	}
	return value
}

// await waits until the string that an expression yields satisfies a condition.
func (p *tab) await(expression, want string, condition func(got, want string) bool) {
	p.t.Helper()
	var got string
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		got = eval[string](p, "String("+expression+")")
		if condition(got, want) {
			return
		}
	}
	p.t.Fatalf("%s is %q, want %q", expression, got, want)
}

func (p *tab) awaitText(selector, want string) {
	p.t.Helper()
	p.await(fmt.Sprintf("document.querySelector(%s)?.textContent", quote(selector)), want, strings.Contains)
}

func (p *tab) awaitValue(expression, want string) {
	p.t.Helper()
	p.await(expression, want, func(got, want string) bool { return got == want })
}

// point returns the middle of a visible element.
func (p *tab) point(selector string) (x, y float64) {
	p.t.Helper()
	at := eval[[]float64](p, fmt.Sprintf(`(() => {
		const it = document.querySelector(%s);
		if (!it) return [];
		it.scrollIntoView({block: 'nearest'});
		const r = it.getBoundingClientRect(), x = r.x + r.width / 2, y = r.y + r.height / 2;
		const top = document.elementFromPoint(x, y);
		return r.width && top && (it.contains(top) || top.contains(it)) ? [x, y] : [];
	})()`, quote(selector)))
	if len(at) != 2 {
		p.t.Fatalf("%s cannot be seen, or something lies over it", selector)
	}
	return at[0], at[1]
}

// click clicks with the mouse, count times at the speed of a double click.
func (p *tab) click(selector string, count int) {
	p.t.Helper()
	x, y := p.point(selector)
	for i := 1; i <= count; i++ {
		if err := chromedp.Do(p.ctx, chromedp.MouseEvent(chromedp.MouseMoved, x, y), chromedp.MouseClickXY(x, y, chromedp.ClickCount(i))); err != nil {
			p.t.Fatalf("click on %s: %v", selector, err)
		}
	}
}

// secondClick is the second click of a double click, long enough after the first that a response
// arrived in between.
func (p *tab) secondClick(selector string) {
	p.t.Helper()
	x, y := p.point(selector)
	if err := chromedp.Do(p.ctx, chromedp.MouseClickXY(x, y, chromedp.ClickCount(2))); err != nil {
		p.t.Fatalf("second click on %s: %v", selector, err)
	}
}

// tap taps with a finger.
func (p *tab) tap(selector string) {
	p.t.Helper()
	x, y := p.point(selector)
	call(p, input.DispatchTouchEvent, input.DispatchTouchEventParams{Type: input.DispatchTouchEventTypeTouchStart, TouchPoints: []*input.TouchPoint{{X: x, Y: y}}})
	call(p, input.DispatchTouchEvent, input.DispatchTouchEventParams{Type: input.DispatchTouchEventTypeTouchEnd, TouchPoints: []*input.TouchPoint{}})
}

// press presses keys, one after the other; the names in package kb stand for those that print
// nothing. As on a keyboard, a key that the page has handled writes nothing; for that the browser
// must see it as a raw key.
func (p *tab) press(keys string) {
	p.t.Helper()
	for _, r := range keys {
		for _, event := range kb.Encode(r) {
			if event.Type == kb.KeyDown {
				event.Type = kb.KeyRawDown
			}
			call(p, input.DispatchKeyEvent, *event)
		}
	}
}

// tabTo presses Tab until an element has the focus, as somebody without a mouse does.
func (p *tab) tabTo(selector string) {
	p.t.Helper()
	for range 40 {
		p.press(kb.Tab)
		if eval[bool](p, fmt.Sprintf("document.activeElement.matches(%s)", quote(selector))) {
			return
		}
	}
	p.t.Fatalf("the Tab key does not come to %s", selector)
}

// screenshot writes the visible part of the page to a PNG file.
func (p *tab) screenshot(name string) {
	p.t.Helper()
	image, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
	if err == nil && len(image) < 1000 {
		err = errors.New("the picture is empty")
	}
	if err == nil {
		err = os.WriteFile(name, image, 0o644)
	}
	if err != nil {
		p.t.Fatalf("screenshot %s: %v", name, err)
	}
}

// quote returns a string as a JavaScript literal.
func quote(text string) string {
	quoted, _ := json.Marshal(text)
	return string(quoted)
}

// offline disconnects the browser, or connects it again.
func (p *tab) offline(offline bool) {
	p.t.Helper()
	call(p, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{
		MatchedNetworkConditions: []*network.Conditions{{Offline: offline, DownloadThroughput: -1, UploadThroughput: -1}},
	})
	call(p, network.OverrideNetworkState, network.OverrideNetworkStateParams{Offline: offline, DownloadThroughput: -1, UploadThroughput: -1})
}
