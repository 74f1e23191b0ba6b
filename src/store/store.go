// Package store keeps games: in memory for one process, in DynamoDB for any
// number of them. Both keep the same contract, which package storetest checks.
package store

import (
	"context"
	"time"

	"example.com/guessing-game/src/game"
)

// Life is how long a game is kept after it was created. A game past its life
// is not found, whether or not its record is still there.
const Life = 7 * 24 * time.Hour

// Store keeps games. Every method is one atomic operation, safe for concurrent
// use, and repeatable: an attempt whose answer was lost can be made again.
//
// Errors are [*game.Error] where a caller of the function is concerned:
// game.GameNotFound, game.GameAlreadyFinished and game.StoreUnavailable. After
// StoreUnavailable it is unknown whether the operation took place, unless it
// is attempted again with the same key. Any other error is a damaged record.
type Store interface {
	// Create keeps a new game and returns it. If a game with its id is kept
	// already, nothing changes and the answer is that game as it was created,
	// with its own number and no guesses: ids that are made from an
	// idempotency key (game.IDFromKey) thereby give the first outcome again.
	Create(ctx context.Context, g game.Game) (game.Game, error)

	// Guess appends a guess and returns the game after it. A key that this
	// game has seen changes nothing and gives the game as it was after that
	// key's first guess, whatever the guess is now. The zero Key is always new.
	Guess(ctx context.Context, id game.ID, guess game.Guess, key game.Key) (game.Game, error)

	// Get returns the game. It sees every operation that was answered before.
	Get(ctx context.Context, id game.ID) (game.Game, error)
}

// Clock tells the time.
type Clock func() time.Time
