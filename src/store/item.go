package store

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"example.com/guessing-game/src/game"
)

// item is DynamoDB's form of an item, an attribute value by its name.
type item map[string]attribute

// attribute is one attribute value, of the types that the table uses.
type attribute struct {
	S *string      `json:"S,omitempty"`
	N *string      `json:"N,omitempty"`
	L *[]attribute `json:"L,omitempty"`
}

func text(s string) attribute        { return attribute{S: &s} }
func number(n int) attribute         { s := strconv.Itoa(n); return attribute{N: &s} }
func list(of ...attribute) attribute { l := append([]attribute{}, of...); return attribute{L: &l} }

// int reads a number without a fraction.
func (a attribute) int() (int, error) {
	if a.N == nil {
		return 0, errors.New("not a number")
	}
	return strconv.Atoi(*a.N)
}

// record is a decoded item.
type record struct {
	game    game.Game
	keys    []string  // of the last len(keys) guesses
	expires time.Time // zero if it does not
}

func (r record) expired(now time.Time) bool { return !r.expires.IsZero() && !now.Before(r.expires) }

// guessOf is the number of the guess with this key, from 1; 0 if there is none.
func (r record) guessOf(token string) int {
	made := len(r.game.Guesses())
	for i, key := range r.keys {
		if key == token {
			return made - len(r.keys) + i + 1
		}
	}
	return 0
}

// decode reads an item of any version up to [schemaVersion]. The error never contains a value of
// the item: one of them is the number.
func decode(id game.ID, it item) (record, error) {
	damaged := func(attribute string) (record, error) {
		return record{}, fmt.Errorf("the item of game %s is damaged: its attribute %s is missing or of a wrong type", id, attribute)
	}
	version := 1
	if a, ok := it["schema_version"]; ok {
		var err error
		if version, err = a.int(); err != nil {
			return damaged("schema_version")
		}
	}
	if version > schemaVersion {
		// Another version of the function may know it; so a retry may succeed.
		return record{}, game.Unavailable(fmt.Errorf("the item of game %s has schema_version %d; this function knows up to %d", id, version, schemaVersion))
	}
	secret, err := it["random_number"].int()
	if err != nil {
		return damaged("random_number")
	}
	if it["guesses"].L == nil {
		return damaged("guesses")
	}
	var guesses []int
	for _, a := range *it["guesses"].L {
		guess, err := a.int()
		if err != nil {
			return damaged("guesses")
		}
		guesses = append(guesses, guess)
	}
	var r record
	if a, ok := it["guess_keys"]; ok {
		if a.L == nil || len(*a.L) > len(guesses) {
			return damaged("guess_keys")
		}
		for _, key := range *a.L {
			if key.S == nil {
				return damaged("guess_keys")
			}
			r.keys = append(r.keys, *key.S)
		}
	}
	if a, ok := it["expires_at"]; ok {
		seconds, err := a.int()
		if err != nil {
			return damaged("expires_at")
		}
		r.expires = time.Unix(int64(seconds), 0)
	}
	r.game, err = game.Restore(id, secret, guesses)
	return r, err
}
