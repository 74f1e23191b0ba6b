//go:build e2e

package browser

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
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
		end  string // the state of the game: ongoing, won, lost
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
			p.picture(filepath.Join(folder, shot.name))
		})
	}
}

// TestPicturesOfTraces takes the pictures of the trace page: before the first request, and after
// some games.
func TestPicturesOfTraces(t *testing.T) {
	t.Parallel()
	folder := pictureFolder(t)
	for _, shot := range []struct {
		look
		name  string
		games int
	}{
		{desktop, "trace-light.png", 20},
		{desktop.inTheDark(), "trace-dark.png", 20},
		{desktop, "trace-empty.png", 0},
		{phone, "trace-phone.png", 20},
	} {
		t.Run(shot.name, func(t *testing.T) {
			t.Parallel()
			g := startGateway(t)
			g.games(t, shot.games)
			if shot.games > 0 {
				send(t, g.lambda+"2015-03-31/functions/GameFunction/invocations", `{"kind":"guessSubmitted","id":"none","guess":5}`)
			}
			p := open(t, g.trace, shot.withoutMotion())
			p.awaitText("#routes", "curl")
			if shot.games > 0 {
				p.awaitValue(rows, fmt.Sprint(4*shot.games+1))
				p.awaitText("#line", fmt.Sprintf("%d requests", 4*shot.games+1))
			}
			if shot.games > 0 && !shot.phone {
				p.click("#rows tr:nth-child(2) button", 1)
				p.awaitText("#waterfall", "GameFunction")
			}
			p.picture(filepath.Join(folder, shot.name))
		})
	}
}

// picture writes a screenshot in which nothing has the focus, once the last change has been drawn.
func (p *tab) picture(name string) {
	p.t.Helper()
	eval[bool](p, "(document.activeElement.blur(), new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(() => drawn(true)))))")
	p.screenshot(name)
}

// pictureFolder is the folder for pictures.
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
