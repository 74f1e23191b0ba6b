//go:build e2e

package browser

import (
	"path/filepath"
	"testing"
	"time"
)

func TestBenchLook(t *testing.T) {
	g, _, _ := played(t)
	for _, l := range []look{{name: "wide", width: 1440, height: 1000}, (look{name: "wide", width: 1440, height: 1000}).inTheDark()} {
		p := open(t, g.trace, l.withoutMotion())
		p.awaitValue(rows, "2")
		p.click("#rows tr:first-child button", 1)
		p.awaitText("#panes", "GameFunction")
		time.Sleep(500 * time.Millisecond)
		p.screenshot(filepath.Join(pictureFolder(t), "bench-"+l.name+".png"))
		p.click(".pane-event summary", 1)
		p.click(".pane-response .template summary", 1)
		time.Sleep(300 * time.Millisecond)
		p.screenshot(filepath.Join(pictureFolder(t), "bench-templates-"+l.name+".png"))
	}
}
