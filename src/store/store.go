// Package store stores games: in memory for one process, in DynamoDB for any number of them. Both
// satisfy the same contract, which package storetest checks.
package store

import (
	"context"
	"time"

	"example.com/guessing-game/src/game"
)

// Life is how long a game is stored after its creation. An expired game is not found, even if its
// record still exists.
const Life = 7 * 24 * time.Hour

// Store stores games. Every method is one atomic operation, safe for concurrent use, and
// repeatable: an attempt whose result was lost can be made again.
//
// Errors that concern a caller of the function are [*game.Error]: game.GameNotFound,
// game.GameAlreadyFinished and game.StoreUnavailable. After StoreUnavailable it is unknown
// whether the operation took place, unless it is attempted again with the same key. Any other
// error is a damaged record.
type Store interface {
	// Create stores a new game and returns it. If a game with its id exists, nothing changes and
	// that game is returned as it was created, with its own number and no guesses: ids made from an
	// idempotency key (game.IDFromKey) thus return the first outcome again.
	Create(ctx context.Context, g game.Game) (game.Game, error)

	// Guess appends a guess and returns the game after it. A key that this game has seen changes
	// nothing and returns the game as it was after that key's first guess, whatever the guess is
	// now. The zero Key is always new.
	Guess(ctx context.Context, id game.ID, guess game.Guess, key game.Key) (game.Game, error)

	// Get returns the game. It sees every operation that completed before.
	Get(ctx context.Context, id game.ID) (game.Game, error)
}

// Clock returns the time.
type Clock func() time.Time
