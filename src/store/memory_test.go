package store_test

import (
	"testing"
	"time"

	"example.com/guessing-game/src/game"
	"example.com/guessing-game/src/store"
	"example.com/guessing-game/src/store/storetest"
)

func TestMemoryKeepsTheContract(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(_ *testing.T, now store.Clock) store.Store { return store.NewMemory(now) })
}

// A process that lives for months must not grow with every game ever played.
func TestMemoryForgetsExpiredGames(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 0)
	m := store.NewMemory(func() time.Time { return now })
	create := func() game.Game {
		g, err := m.Create(t.Context(), storetest.NewGame(t, 7))
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	for range 100 {
		create()
	}
	now = now.Add(store.Life - 1)
	last := create()
	if got := store.Size(m); got != 101 {
		t.Errorf("%d games are kept before the first ones' end, want 101", got)
	}
	now = now.Add(1)
	create()
	if got := store.Size(m); got != 2 {
		t.Errorf("%d games are kept after the first ones' end, want 2", got)
	}
	if _, err := m.Get(t.Context(), last.ID()); err != nil {
		t.Errorf("the game that has not ended: %v", err)
	}
}
