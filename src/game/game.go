// Package game holds the rules of the number-guessing game and the events that
// drive it. It is pure: no I/O, no clock, no AWS, no HTTP; randomness comes in
// as an [io.Reader].
//
// A game is a secret number from [MinNumber] to [MaxNumber] and at most
// [MaxGuesses] guesses. Whether it is ongoing, won or lost follows from these and is never stored
// with them, so no state can contradict itself.
package game

import (
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"io"
	"math/big"
	"strconv"
	"strings"

	"github.com/google/uuid"
)

// The rules in numbers.
const (
	MinNumber  = 0  // the smallest number that can be drawn or guessed
	MaxNumber  = 10 // the largest
	MaxGuesses = 3  // a game without a hit ends here
)

// ID names a game: a UUID in lower case. The zero ID names none.
type ID struct{ text string }

// NewID makes a random (version 4) id of 16 bytes from random.
func NewID(random io.Reader) (ID, error) {
	id, err := uuid.NewRandomFromReader(random)
	if err != nil {
		return ID{}, fmt.Errorf("drawing an id: %w", err)
	}
	return ID{id.String()}, nil
}

// keys is the namespace of the ids that are derived from keys. It is arbitrary and must not change:
// with another one, a repeated key would start a new game.
var keys = uuid.MustParse("b9f2c6a4-3d1e-4c57-9a80-6e5d7f21c043")

// IDFromKey makes the id of the game that an idempotency key starts: the same key yields the same
// id, so a second attempt finds the first one's game. It is a version 8 UUID (RFC 9562 section 5.8)
// of the key's SHA-256, so it reveals the key only to those who can guess it.
func IDFromKey(key Key) ID {
	return ID{uuid.NewHash(sha256.New(), keys, []byte(key.text), 8).String()}
}

// idLength is the length of a UUID in its usual form, 8-4-4-4-12.
const idLength = 36

// ParseID reads an id in the form 8-4-4-4-12 of hexadecimal digits; upper case is accepted as lower
// case (RFC 9562 section 4). Anything else is [InvalidEvent].
func ParseID(s string) (ID, error) {
	// The length is checked first: uuid.Parse also accepts braces, "urn:uuid:" and 32 bare digits,
	// which would be other names for the same game.
	if len(s) == idLength {
		if id, err := uuid.Parse(s); err == nil {
			return ID{id.String()}, nil
		}
	}
	return ID{}, Errorf(InvalidEvent, "id %s is not a UUID such as 4ce7c7b8-02bc-40a4-823b-6c7c02b028d3", Quote(s))
}

// String returns the 36 characters of the id, or "" for the zero ID.
func (id ID) String() string { return id.text }

// Number is the secret of a game. Printing it by any verb of fmt, and encoding
// it as text or JSON, yields "[secret]": only [Result.AppendJSON] and [Number.Reveal] disclose it.
type Number struct{ n uint8 }

// Draw draws a number, each with the same probability, from random.
func Draw(random io.Reader) (Number, error) {
	// rand.Int rejects and redraws, so there is no bias towards small numbers.
	n, err := rand.Int(random, big.NewInt(MaxNumber-MinNumber+1))
	if err != nil {
		return Number{}, fmt.Errorf("drawing a number: %w", err)
	}
	return Number{uint8(MinNumber + n.Int64())}, nil
}

// Reveal returns the number. It is for a store, which must store it.
func (n Number) Reveal() int { return int(n.n) }

// Format hides the number from every verb of fmt.
func (n Number) Format(s fmt.State, _ rune) { io.WriteString(s, "[secret]") }

// MarshalText hides the number from encoders and from slog.
func (n Number) MarshalText() ([]byte, error) { return []byte("[secret]"), nil }

// Guess is a guess within the rules' range.
type Guess struct{ n uint8 }

// NewGuess checks the range; a value outside it is [InvalidGuess].
func NewGuess(n int) (Guess, error) {
	if n < MinNumber || n > MaxNumber {
		return Guess{}, outOfRange(strconv.Itoa(n))
	}
	return Guess{uint8(n)}, nil
}

// Int returns the guessed number.
func (g Guess) Int() int { return int(g.n) }

// Status is the state of a game.
type Status string

// The states of a game; all but Ongoing are final.
const (
	Ongoing Status = "ongoing"
	Won     Status = "won"
	Lost    Status = "lost"
)

// Game is one game at one moment. It is a value: a guess returns another Game. Only this package's
// constructors make one, so it always obeys the rules.
type Game struct {
	id      ID
	number  Number
	guesses [MaxGuesses]Guess
	made    int
}

// New is a game in which nothing has been guessed yet.
func New(id ID, number Number) Game { return Game{id: id, number: number} }

// Restore rebuilds a game from what a store has stored. It rejects what no game can be: a number
// out of range, a fourth guess, a guess after the hit. The error never contains the number.
func Restore(id ID, number int, guesses []int) (Game, error) {
	if id == (ID{}) {
		return Game{}, fmt.Errorf("the stored game has no id")
	}
	if number < MinNumber || number > MaxNumber {
		return Game{}, fmt.Errorf("the stored number of game %s is not from %d to %d", id, MinNumber, MaxNumber)
	}
	g := New(id, Number{uint8(number)})
	for _, n := range guesses {
		guess, err := NewGuess(n)
		if err != nil {
			return Game{}, fmt.Errorf("a stored guess of game %s is not from %d to %d", id, MinNumber, MaxNumber)
		}
		if g, err = g.Guess(guess); err != nil {
			return Game{}, fmt.Errorf("game %s was stored with a guess after its end", id)
		}
	}
	return g, nil
}

// Format prints the game without its number, for every verb of fmt.
func (g Game) Format(s fmt.State, _ rune) {
	fmt.Fprintf(s, "[game %s, %s, %d guesses]", g.id, g.Status(), g.made)
}

// ID returns the game's id.
func (g Game) ID() ID { return g.id }

// Number returns the game's secret, still hidden from printing.
func (g Game) Number() Number { return g.number }

// Guesses returns the guesses made so far, in order.
func (g Game) Guesses() []Guess { return g.guesses[:g.made:g.made] }

// Guess returns the game after one more guess. For a finished game it returns [GameAlreadyFinished]
// and the unchanged game.
func (g Game) Guess(guess Guess) (Game, error) {
	if g.Status() != Ongoing {
		return g, g.Finished()
	}
	g.guesses[g.made] = guess
	g.made++
	return g, nil
}

// After returns the game as it was when n guesses had been made, for n from 0 to the number of
// guesses made; for any other n, the game itself.
func (g Game) After(n int) Game {
	if n < 0 || n > g.made {
		return g
	}
	earlier := New(g.id, g.number)
	earlier.made = copy(earlier.guesses[:], g.guesses[:n])
	return earlier
}

// Status follows from the number and the guesses.
func (g Game) Status() Status {
	switch {
	case g.made > 0 && g.guesses[g.made-1].n == g.number.n:
		return Won
	case g.made == MaxGuesses:
		return Lost
	}
	return Ongoing
}

// Finished returns the [GameAlreadyFinished] error for this game.
func (g Game) Finished() *Error {
	return Errorf(GameAlreadyFinished, "the game %q is already %s; start a new one", g.id, g.Status())
}

// NotFound returns the [GameNotFound] error for an id.
func NotFound(id ID) *Error {
	return Errorf(GameNotFound, "no game has the id %q", id)
}

// MaxKeyLength bounds an idempotency key, in bytes.
const MaxKeyLength = 255

// Key is an idempotency key: events that carry the same key are attempts at
// the same thing, which happens once. The zero Key means that there is none. There is one namespace
// of keys for creating games and one for each game's guesses; clients should use random UUIDs.
type Key struct{ text string }

// ParseKey reads a key of at most [MaxKeyLength] printable ASCII characters;
// "" is the zero Key. Anything else is [InvalidEvent].
func ParseKey(s string) (Key, error) {
	if err := checkText("idempotencyKey", s, MaxKeyLength); err != nil {
		return Key{}, err
	}
	return Key{s}, nil
}

// String returns the key as a string, "" for the zero Key.
func (k Key) String() string { return k.text }

// checkText rejects, as InvalidEvent, a string that is longer than limit bytes or contains anything
// but printable ASCII.
func checkText(member, s string, limit int) error {
	if len(s) > limit {
		return Errorf(InvalidEvent, "%s has %d bytes; at most %d are allowed", member, len(s), limit)
	}
	if i := strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r > '~' }); i >= 0 {
		return Errorf(InvalidEvent, "%s contains a character that is not printable ASCII at byte %d", member, i)
	}
	return nil
}
