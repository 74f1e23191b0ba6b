package main

import "example.com/guessing-game/tests/libraries"

func (g generator) pathQuestion() libraries.Question {
	path := "$.a"
	return libraries.Question{Document: "{}", Path: &path}
}

func (g generator) lenientDocument() string { return "{}" }
