package store

import (
	"context"
	"sync"
	"time"

	"example.com/guessing-game/src/game"
)

// Memory is a Store in this process's memory, the default without a table.
// Its games end with the process, and a second process has others. Expired games are removed while
// others are created, so its size is bounded by the games created within [Life].
type Memory struct {
	now Clock

	mu     sync.Mutex
	games  map[game.ID]*kept
	oldest []*kept // in the order of creation, which is that of expiry
}

var _ Store = (*Memory)(nil)

// kept is a game with the other data that the contract needs.
type kept struct {
	game    game.Game
	keys    [game.MaxGuesses]game.Key // keys[i] came with guess i
	expires time.Time
}

// NewMemory makes an empty store whose clock is now.
func NewMemory(now Clock) *Memory {
	return &Memory{now: now, games: map[game.ID]*kept{}}
}

// Create stores a game; see [Store].
func (m *Memory) Create(ctx context.Context, g game.Game) (game.Game, error) {
	if err := ctx.Err(); err != nil {
		return game.Game{}, game.Unavailable(err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	m.removeExpired(now)
	if k := m.find(g.ID(), now); k != nil {
		return k.game.After(0), nil
	}
	k := &kept{game: g, expires: now.Add(Life)}
	m.games[g.ID()] = k
	m.oldest = append(m.oldest, k)
	return g, nil
}

// Guess makes a guess; see [Store].
func (m *Memory) Guess(ctx context.Context, id game.ID, guess game.Guess, key game.Key) (game.Game, error) {
	if err := ctx.Err(); err != nil {
		return game.Game{}, game.Unavailable(err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	k := m.find(id, m.now())
	if k == nil {
		return game.Game{}, game.NotFound(id)
	}
	made := len(k.game.Guesses())
	if key != (game.Key{}) {
		for i, seen := range k.keys[:made] {
			if seen == key {
				return k.game.After(i + 1), nil
			}
		}
	}
	after, err := k.game.Guess(guess)
	if err != nil {
		return game.Game{}, err
	}
	k.game, k.keys[made] = after, key
	return after, nil
}

// Get returns a game; see [Store].
func (m *Memory) Get(ctx context.Context, id game.ID) (game.Game, error) {
	if err := ctx.Err(); err != nil {
		return game.Game{}, game.Unavailable(err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if k := m.find(id, m.now()); k != nil {
		return k.game, nil
	}
	return game.Game{}, game.NotFound(id)
}

// find returns the game's record, nil if there is none or it has expired.
func (m *Memory) find(id game.ID, now time.Time) *kept {
	if k := m.games[id]; k != nil && now.Before(k.expires) {
		return k
	}
	return nil
}

// removeExpired removes expired games.
func (m *Memory) removeExpired(now time.Time) {
	for len(m.oldest) > 0 && !now.Before(m.oldest[0].expires) {
		k := m.oldest[0]
		m.oldest[0] = nil
		m.oldest = m.oldest[1:]
		if m.games[k.game.ID()] == k {
			delete(m.games, k.game.ID())
		}
	}
}
