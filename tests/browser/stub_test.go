//go:build e2e

package browser

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"

	"go.yaml.in/yaml/v4"
)

type stubGame struct {
	number  int
	guesses []int
	keys    map[string]bool
}

type stub struct {
	mu    sync.Mutex
	games map[string]*stubGame
}

func startAPI(t *testing.T, base string) *api {
	t.Helper()
	s := &stub{games: map[string]*stubGame{}}
	var document struct {
		Paths map[string]map[string]struct {
			Integration struct {
				Responses map[string]struct {
					ResponseParameters map[string]string `yaml:"responseParameters"`
					ResponseTemplates  map[string]string `yaml:"responseTemplates"`
				} `yaml:"responses"`
			} `yaml:"x-amazon-apigateway-integration"`
		} `yaml:"paths"`
	}
	text, err := os.ReadFile("../../openapi/api.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	page := document.Paths["/"]["get"].Integration.Responses["default"]
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+base+"/{$}", func(w http.ResponseWriter, r *http.Request) {
		for name, value := range page.ResponseParameters {
			w.Header().Set(strings.TrimPrefix(name, "method.response.header."), value[1:len(value)-1])
		}
		fmt.Fprint(w, strings.TrimSuffix(strings.TrimPrefix(page.ResponseTemplates["text/html"], "#[["), "]]#"))
	})
	send := func(w http.ResponseWriter, status int, id string, g *stubGame) {
		st := "ongoing"
		three := []any{nil, nil, nil}
		for i, n := range g.guesses {
			three[i] = n
			if n == g.number {
				st = "won"
			}
		}
		if st == "ongoing" && len(g.guesses) == 3 {
			st = "lost"
		}
		link := base + "/games/" + id
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		json.NewEncoder(w).Encode(map[string]any{"game": map[string]any{"id": id, "guesses": three, "status": st},
			"links": map[string]any{"status": map[string]any{"method": "GET", "link": link}, "guess": map[string]any{"method": "POST", "link": link}}})
	}
	mux.HandleFunc("POST "+base+"/games", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		id := fmt.Sprintf("4ce7c7b8-02bc-40a4-823b-%012d", len(s.games))
		s.games[id] = &stubGame{number: (7 + 3*len(s.games)) % 11, keys: map[string]bool{}}
		send(w, 201, id, s.games[id])
	})
	mux.HandleFunc(base+"/games/{id}", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		g := s.games[r.PathValue("id")]
		if g == nil {
			problem(404, "GameNotFound", "no game has the id")(w, r, nil)
			return
		}
		if r.Method == "POST" && !g.keys[r.Header.Get("Idempotency-Key")] {
			var body struct{ Guess int }
			json.NewDecoder(r.Body).Decode(&body)
			if len(g.guesses) == 3 || len(g.guesses) > 0 && g.guesses[len(g.guesses)-1] == g.number {
				problem(409, "GameAlreadyFinished", "over")(w, r, nil)
				return
			}
			g.guesses = append(g.guesses, body.Guess)
			g.keys[r.Header.Get("Idempotency-Key")] = true
		}
		send(w, 200, r.PathValue("id"), g)
	})
	a := &api{number: func(t *testing.T, id string) int { return s.games[id].number }}
	a.behind(t, mux, base+"/")
	return a
}
