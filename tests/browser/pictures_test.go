//go:build e2e

package browser

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

var pictures = flag.String("pictures", "", "folder to write the pictures of the README to; without it they are taken and thrown away")

// TestPictures takes the pictures that the README shows.
func TestPictures(t *testing.T) {
	t.Parallel()
	folder := pictureFolder(t)
	small := phone
	small.height = 760
	for _, shot := range []struct {
		look
		name string
		end  string // how the game stands: ongoing, won, lost
	}{
		{desktop, "page-light.png", "ongoing"},
		{desktop.inTheDark(), "page-dark.png", "ongoing"},
		{small, "page-phone.png", "won"},
		{small.inTheDark(), "page-phone-dark.png", "lost"},
	} {
		t.Run(shot.name, func(t *testing.T) {
			t.Parallel()
			a := startAPI(t, "/prod")
			p := open(t, a.address, shot.withoutMotion())
			p.click("#new", 1)
			p.awaitText(message, "A number is drawn.")
			secret := a.number(t, gameID(p))
			others := func(avoid ...int) (found []int) {
			next:
				for _, n := range []int{3, 8, 5, 0, 6} {
					for _, a := range append(avoid, secret) {
						if a == n {
							continue next
						}
					}
					found = append(found, n)
				}
				return found
			}()
			p.click(number(others[0]), 1)
			p.awaitText(message, "Two guesses left")
			switch shot.end {
			case "won":
				p.click(number(secret), 1)
				p.awaitText(message, "it is!")
			case "lost":
				p.click(number(others[1]), 1)
				p.awaitText(message, "One guess left")
				p.click(number(others[2]), 1)
				p.awaitText(message, "stays a secret")
			}
			eval[bool](p, "document.activeElement.blur(), true")
			time.Sleep(100 * time.Millisecond) // one frame, so that the last change is in the picture
			p.screenshot(filepath.Join(folder, shot.name))
		})
	}
}

// TestPicturesOfTraces takes the pictures of the trace page, after some games.
func TestPicturesOfTraces(t *testing.T) {
	t.Parallel()
	folder := pictureFolder(t)
	for _, l := range []look{desktop, desktop.inTheDark()} {
		name := "trace-light.png"
		if l.dark {
			name = "trace-dark.png"
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := startGateway(t)
			for range 20 {
				address, _ := g.game(t)
				for n := range 3 { // a game may be won before the third guess, which is then a 409
					send(t, address, fmt.Sprintf(`{"guess":%d}`, n))
				}
			}
			p := open(t, g.trace, l.withoutMotion())
			p.awaitValue(rows, "80")
			p.click("#rows tr:first-child button", 1)
			p.awaitText("#waterfall", "GameFunction")
			time.Sleep(time.Second) // until the figures are those of all requests
			eval[bool](p, "document.activeElement.blur(), true")
			p.screenshot(filepath.Join(folder, name))
		})
	}
}

// pictureFolder is where pictures go.
func pictureFolder(t *testing.T) string {
	t.Helper()
	if *pictures == "" {
		return t.TempDir()
	}
	folder := filepath.Join("..", "..", *pictures)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	return folder
}
