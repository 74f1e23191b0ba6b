package game

import "strconv"

// ResultKind is the kind of an event out.
type ResultKind string

// The kinds of events out.
const (
	GameCreated      ResultKind = "GameCreated"
	GuessEvaluated   ResultKind = "GuessEvaluated" // wrong, and there are guesses left
	GameWon          ResultKind = "GameWon"
	GameLost         ResultKind = "GameLost" // wrong, and it was the last guess
	GameInfoProvided ResultKind = "GameInfoProvided"
)

// Result is an event out: what happened and the game after it.
type Result struct {
	Kind ResultKind
	Game Game
}

// Created is the result of [GameRequested].
func Created(g Game) Result { return Result{GameCreated, g} }

// Info is the result of [GameInfoRequested].
func Info(g Game) Result { return Result{GameInfoProvided, g} }

// Evaluated is the result of [GuessSubmitted]: g is the game after the guess.
func Evaluated(g Game) Result {
	switch g.Status() {
	case Won:
		return Result{GameWon, g}
	case Lost:
		return Result{GameLost, g}
	}
	return Result{GuessEvaluated, g}
}

// AppendJSON appends the result as JSON, with these members in this order and
// always three guesses:
//
//	{"kind":"GuessEvaluated","id":"…","guesses":[5,null,null],"random_number":7,"status":"ongoing"}
//
// It is the only place where the number leaves, for the function's caller.
func (r Result) AppendJSON(b []byte) []byte {
	// Nothing here needs escaping: kinds and statuses are constants, an ID consists of hexadecimal
	// digits and hyphens.
	b = append(b, `{"kind":"`...)
	b = append(b, r.Kind...)
	b = append(b, `","id":"`...)
	b = append(b, r.Game.id.text...)
	b = append(b, `","guesses":[`...)
	for i := range MaxGuesses {
		if i > 0 {
			b = append(b, ',')
		}
		if i < r.Game.made {
			b = strconv.AppendUint(b, uint64(r.Game.guesses[i].n), 10)
		} else {
			b = append(b, "null"...)
		}
	}
	b = append(b, `],"random_number":`...)
	b = strconv.AppendUint(b, uint64(r.Game.number.n), 10)
	b = append(b, `,"status":"`...)
	b = append(b, r.Game.Status()...)
	return append(b, `"}`...)
}
