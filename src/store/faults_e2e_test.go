//go:build e2e

package store_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"example.com/guessing-game/src/game"
	"example.com/guessing-game/src/store"
	"example.com/guessing-game/src/store/storetest"
	"example.com/guessing-game/tests/dynamodb"
)

// Exactly one request for each event, in every outcome but one: a guess for a game that does not
// exist is followed by a read.
func TestOneRequestAnEvent(t *testing.T) {
	t.Parallel()
	counter := local.NewCounter()
	srv := httptest.NewServer(counter)
	t.Cleanup(srv.Close)
	db := store.NewPatient(config(time.Now, srv.URL))
	g := storetest.NewGame(t, 7)
	ctx := t.Context()
	guess := func(n int, k string) func() error {
		return func() error { _, err := db.Guess(ctx, g.ID(), someGuess(t, n), key(t, k)); return err }
	}
	get := func() error { _, err := db.Get(ctx, g.ID()); return err }
	create := func() error { _, err := db.Create(ctx, g); return err }
	for _, step := range []struct {
		name string
		do   func() error
		want string
	}{
		{"guess without a game", guess(1, ""), "GameNotFound"},
		{"get without a game", get, "GameNotFound"},
		{"create", create, ""},
		{"create again", create, ""},
		{"get", get, ""},
		{"wrong guess", guess(1, "a"), ""},
		{"the same key", guess(1, "a"), ""},
		{"wrong guess without a key", guess(2, ""), ""},
		{"right guess", guess(7, "c"), ""},
		{"the last key", guess(7, "c"), ""},
		{"guess after the end", guess(7, "d"), "GameAlreadyFinished"},
		{"get after the end", get, ""},
	} {
		want := 1
		if step.name == "guess without a game" {
			want = 2
		}
		err := step.do()
		if requests, _ := counter.Take(); name(err) != step.want || requests != want {
			t.Errorf("%s: %d requests, want %d; error %v, want %s", step.name, requests, want, err, step.want)
		}
	}
}

// Items of the first version can be read and played on, with real expressions.
func TestOldItemsArePlayedOn(t *testing.T) {
	t.Parallel()
	db := store.NewPatient(config(time.Now, local.URL))
	for _, expires := range []string{"", fmt.Sprintf(`, "expires_at": {"N": "%d"}`, time.Now().Add(time.Hour).Unix())} {
		g := storetest.NewGame(t, 7)
		_, err := local.Call(t.Context(), "PutItem", fmt.Sprintf(`{"TableName": %q, "Item": {
			"id": {"S": %q}, "random_number": {"N": "7"}, "guesses": {"L": [{"N": "1"}]}%s}}`, table, g.ID(), expires))
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // the second time by its key
			got, err := db.Guess(t.Context(), g.ID(), someGuess(t, 2), key(t, "k"))
			if want, _ := game.Restore(g.ID(), 7, []int{1, 2}); err != nil || got != want {
				t.Errorf("got %v, %v", got.Guesses(), err)
			}
		}
		got, err := db.Guess(t.Context(), g.ID(), someGuess(t, 7), game.Key{})
		if err != nil || got.Status() != game.Won {
			t.Errorf("got %v, %v", got, err)
		}
	}
}

// A newer version's item is not touched.
func TestNewerItemsAreLeftAlone(t *testing.T) {
	t.Parallel()
	db := store.NewPatient(config(time.Now, local.URL))
	g := storetest.NewGame(t, 7)
	put := fmt.Sprintf(`{"TableName": %q, "Item": {"id": {"S": %q}, "schema_version": {"N": "3"}, "random_number": {"N": "7"}, "guesses": {"L": []}}}`, table, g.ID())
	if _, err := local.Call(t.Context(), "PutItem", put); err != nil {
		t.Fatal(err)
	}
	before, err := local.Call(t.Context(), "Scan", fmt.Sprintf(`{"TableName": %q, "FilterExpression": "id = :id", "ExpressionAttributeValues": {":id": {"S": %q}}}`, table, g.ID()))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Guess(t.Context(), g.ID(), someGuess(t, 1), game.Key{}); name(err) != "StoreUnavailable" {
		t.Errorf("guess: %v", err)
	}
	after, err := local.Call(t.Context(), "Scan", fmt.Sprintf(`{"TableName": %q, "FilterExpression": "id = :id", "ExpressionAttributeValues": {":id": {"S": %q}}}`, table, g.ID()))
	if err != nil {
		t.Fatal(err)
	}
	var a, b struct{ Items []map[string]any }
	unmarshal(t, before, &a)
	unmarshal(t, after, &b)
	if len(a.Items) != 1 || fmt.Sprint(a.Items) != fmt.Sprint(b.Items) {
		t.Errorf("the item changed from %v to %v", a.Items, b.Items)
	}
}

func TestMissingTableAndNobodyThere(t *testing.T) {
	t.Parallel()
	missing := config(time.Now, local.URL)
	missing.Table = "missing"
	nobody, unknown := config(time.Now, "http://127.0.0.1:1"), config(time.Now, "http://no-such-host.invalid")
	for _, c := range []store.Config{missing, nobody, unknown} {
		if _, err := store.NewDynamoDB(c).Create(t.Context(), storetest.NewGame(t, 7)); name(err) != "StoreUnavailable" {
			t.Errorf("%s: %v", c.Endpoint, err)
		}
	}
}

// patiently makes attempts until the store is available.
func patiently(do func() error) error {
	var err error
	for range 200 { // a busy machine needs more than a few
		if err = do(); name(err) != "StoreUnavailable" {
			return err
		}
	}
	return err
}

// Whatever way a network misbehaves, an event returns the right result or StoreUnavailable, and
// afterwards each guess is stored at most once; a retry with the same key gives the outcome that
// the first attempt had or would have had.
func TestBadNetworks(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		toxics []dynamodb.Toxic
		// Every event must get a response, not just may get one.
		answered bool
	}{
		{"a healthy one", nil, true},
		{"slow and in small pieces", []dynamodb.Toxic{
			{Type: "latency", Stream: "downstream", Toxicity: 1, Attributes: map[string]any{"latency": 50, "jitter": 40}},
			{Type: "slicer", Stream: "downstream", Toxicity: 1, Attributes: map[string]any{"average_size": 16, "size_variation": 8, "delay": 10}},
		}, true},
		{"answers come too late", []dynamodb.Toxic{{Type: "latency", Stream: "downstream", Toxicity: 1, Attributes: map[string]any{"latency": 5000}}}, false},
		{"requests vanish", []dynamodb.Toxic{{Type: "timeout", Stream: "upstream", Toxicity: 1, Attributes: map[string]any{"timeout": 0}}}, false},
		{"answers vanish", []dynamodb.Toxic{{Type: "timeout", Stream: "downstream", Toxicity: 1, Attributes: map[string]any{"timeout": 0}}}, false},
		{"connections are reset before the answer", []dynamodb.Toxic{{Type: "reset_peer", Stream: "downstream", Toxicity: 1, Attributes: map[string]any{"timeout": 20}}}, false},
		{"connections are reset at once", []dynamodb.Toxic{{Type: "reset_peer", Stream: "upstream", Toxicity: 1, Attributes: map[string]any{"timeout": 0}}}, false},
		{"answers end in the middle of the header", []dynamodb.Toxic{{Type: "limit_data", Stream: "downstream", Toxicity: 1, Attributes: map[string]any{"bytes": 40}}}, false},
		{"answers end in the middle of the body", []dynamodb.Toxic{{Type: "limit_data", Stream: "downstream", Toxicity: 1, Attributes: map[string]any{"bytes": 420}}}, false},
		{"every third connection is reset", []dynamodb.Toxic{{Type: "reset_peer", Stream: "downstream", Toxicity: 0.33, Attributes: map[string]any{"timeout": 5}}}, false},
		{"half of the answers are cut", []dynamodb.Toxic{{Type: "limit_data", Stream: "downstream", Toxicity: 0.5, Attributes: map[string]any{"bytes": 420}}}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			proxy, err := local.StartProxy()
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(proxy.Stop)
			db := store.NewDynamoDB(config(time.Now, proxy.URL))
			for range 2 {
				g := storetest.NewGame(t, 7)
				for _, toxic := range c.toxics {
					if err := proxy.Poison(toxic); err != nil {
						t.Fatal(err)
					}
				}
				// Old connections would not have the new toxics.
				if err := proxy.Cut(); err != nil {
					t.Fatal(err)
				}
				_, created := db.Create(t.Context(), g)
				keyed, first := db.Guess(t.Context(), g.ID(), someGuess(t, 1), key(t, "k"))
				_, second := db.Guess(t.Context(), g.ID(), someGuess(t, 2), game.Key{})
				proxy.Heal(t.Context())
				for _, err := range []error{created, first, second} {
					if n := name(err); n != "" && (c.answered || n != "StoreUnavailable" && n != "GameNotFound") {
						t.Errorf("error %v: %v", err, cause(err))
					}
				}
				if created != nil {
					var again game.Game
					err := patiently(func() (err error) { again, err = db.Create(t.Context(), g); return err })
					if err != nil || again != g {
						t.Fatalf("create again: %v, %v", again, err)
					}
				}
				var again game.Game
				err := patiently(func() (err error) {
					again, err = db.Guess(t.Context(), g.ID(), someGuess(t, 1), key(t, "k"))
					return err
				})
				if err != nil || first == nil && again != keyed {
					t.Errorf("guess again: %v, %v; the first time %v, %v", again.Guesses(), err, keyed.Guesses(), first)
				}
				var got game.Game
				if err := patiently(func() (err error) { got, err = db.Get(t.Context(), g.ID()); return err }); err != nil {
					t.Fatal(err)
				}
				count := map[int]int{}
				for _, guess := range got.Guesses() {
					count[guess.Int()]++
				}
				if count[1] != 1 || count[2] > 1 || second == nil && count[2] != 1 {
					t.Errorf("guesses %v are kept; 1 was answered with %v, 2 with %v", got.Guesses(), first, second)
				}
			}
		})
	}
}

// Many games at once on a network that breaks connections all the time.
func TestRetriesUnderFire(t *testing.T) {
	t.Parallel()
	proxy, err := local.StartProxy()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(proxy.Stop)
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case <-done:
				return
			case <-time.After(time.Duration(20+rand.N(100)) * time.Millisecond):
				if err := proxy.Cut(); err != nil {
					t.Error(err)
					return
				}
			}
		}
	})
	db := store.NewDynamoDB(config(time.Now, proxy.URL))
	var games sync.WaitGroup
	for range 16 {
		games.Go(func() {
			for range 10 {
				g := storetest.NewGame(t, 7)
				if err := patiently(func() error { _, err := db.Create(context.Background(), g); return err }); err != nil {
					t.Error(err)
					return
				}
				for n := 1; n <= game.MaxGuesses; n++ {
					var got game.Game
					err := patiently(func() (err error) {
						got, err = db.Guess(context.Background(), g.ID(), someGuess(t, n), key(t, fmt.Sprint(n)))
						return err
					})
					want, _ := game.Restore(g.ID(), 7, []int{1, 2, 3}[:n])
					if err != nil || got != want {
						t.Errorf("guess %d: %v, %v", n, got.Guesses(), err)
					}
				}
			}
		})
	}
	games.Wait()
	close(done)
	wg.Wait()
}
