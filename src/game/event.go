package game

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"unicode/utf8"
)

// Kind is the kind of an event that the function takes.
type Kind string

// The kinds of events in.
const (
	GameRequested     Kind = "gameRequested"     // start a game
	GuessSubmitted    Kind = "guessSubmitted"    // make a guess in the game ID
	GameInfoRequested Kind = "gameInfoRequested" // report the state of the game ID
)

// kinds lists them.
var kinds = []Kind{GameRequested, GuessSubmitted, GameInfoRequested}

// Limits of an event.
const (
	MaxEventBytes        = 64 << 10 // an event usually has a few hundred bytes
	MaxCorrelationLength = 128      // bytes of requestId and extendedRequestId
)

// Event is one event in, checked. ID is set for every kind but GameRequested,
// Guess for GuessSubmitted.
type Event struct {
	Kind  Kind
	ID    ID
	Guess Guess
	// Key makes an attempt to create or to guess repeatable; optional.
	Key Key
	// RequestID and ExtendedRequestID are API Gateway's, for the log; optional.
	RequestID, ExtendedRequestID string
}

// The members of an event, in the order that messages list them.
const (
	memberKind     = "kind"
	memberID       = "id"
	memberGuess    = "guess"
	memberKey      = "idempotencyKey"
	memberRequest  = "requestId"
	memberExtended = "extendedRequestId"
)

// Decode reads one event, a JSON object (RFC 8259) in UTF-8, strictly:
//
//	{"kind":"gameRequested"}
//	{"kind":"guessSubmitted","id":"<uuid>","guess":5}
//	{"kind":"gameInfoRequested","id":"<uuid>"}
//
// Optional members are "idempotencyKey" (not with gameInfoRequested),
// "requestId" and "extendedRequestId"; null and "" mean absence, because that is what a mapping
// template renders for an absent header. A member that the kind does not take, an unknown one, one
// that occurs twice, and anything after the object are rejected: a misspelt idempotencyKey that is
// silently dropped would be a guess made twice.
//
// The error is an [*Error]: [InvalidGuess] for the guess, else [InvalidEvent].
func Decode(payload []byte) (Event, error) {
	f, err := split(payload)
	if err != nil {
		return Event{}, err
	}
	var e Event
	if e.Kind, err = decodeKind(f.kind); err != nil {
		return Event{}, err
	}
	if err := onlyTaken(e.Kind, f); err != nil {
		return Event{}, err
	}
	if e.Kind != GameRequested {
		if e.ID, err = decodeID(f.id); err != nil {
			return Event{}, err
		}
	}
	if e.Kind == GuessSubmitted {
		if e.Guess, err = decodeGuess(f.guess); err != nil {
			return Event{}, err
		}
	}
	key, err := decodeText(memberKey, f.key, MaxKeyLength)
	if err != nil {
		return Event{}, err
	}
	if e.Key, err = ParseKey(key); err != nil {
		return Event{}, err
	}
	if e.RequestID, err = decodeText(memberRequest, f.request, MaxCorrelationLength); err != nil {
		return Event{}, err
	}
	e.ExtendedRequestID, err = decodeText(memberExtended, f.extended, MaxCorrelationLength)
	return e, err
}

// fields are the undecoded values of an event's members, nil where absent.
type fields struct{ kind, id, guess, key, request, extended []byte }

// field returns a pointer to a member, nil if events have no such member.
func (f *fields) field(member string) *[]byte {
	switch member {
	case memberKind:
		return &f.kind
	case memberID:
		return &f.id
	case memberGuess:
		return &f.guess
	case memberKey:
		return &f.key
	case memberRequest:
		return &f.request
	case memberExtended:
		return &f.extended
	}
	return nil
}

// split checks that an event is one JSON object with known members, each once, and returns their
// values. encoding/json checks the syntax; the walk over the valid text is our own, because
// Unmarshal silently keeps the last of two equal members and ignores case.
func split(payload []byte) (fields, error) {
	var f fields
	if len(payload) > MaxEventBytes {
		return f, Errorf(InvalidEvent, "the event has %d bytes; at most %d are allowed", len(payload), MaxEventBytes)
	}
	if !utf8.Valid(payload) {
		return f, Errorf(InvalidEvent, "the event is not valid UTF-8")
	}
	rest := skipSpace(payload)
	if len(rest) == 0 {
		return f, Errorf(InvalidEvent, `the event is empty; it must be a JSON object such as {"kind":"gameRequested"}`)
	}
	if !json.Valid(payload) {
		return f, syntaxError(payload)
	}
	if rest[0] != '{' {
		return f, Errorf(InvalidEvent, `the event is %s; it must be a JSON object such as {"kind":"gameRequested"}`, typeOf(rest))
	}
	for rest = skipSpace(rest[1:]); rest[0] != '}'; {
		end := valueEnd(rest)
		member, _ := text(rest[:end])
		place := f.field(member)
		if place == nil {
			return f, Errorf(InvalidEvent, "unknown member %s; an event takes kind, id, guess, idempotencyKey, requestId and extendedRequestId", Quote(member))
		}
		if *place != nil {
			return f, Errorf(InvalidEvent, "the member %s occurs twice", member)
		}
		rest = skipSpace(skipSpace(rest[end:])[1:]) // the colon
		end = valueEnd(rest)
		*place = rest[:end:end]
		if rest = skipSpace(rest[end:]); rest[0] == ',' {
			rest = skipSpace(rest[1:])
		}
	}
	return f, nil
}

// skipSpace removes JSON's white space from the front.
func skipSpace(b []byte) []byte { return bytes.TrimLeft(b, " \t\r\n") }

// valueEnd is the length of the JSON value at the front of valid JSON.
func valueEnd(b []byte) int {
	depth := 0
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '"':
			for i++; b[i] != '"'; i++ {
				if b[i] == '\\' {
					i++
				}
			}
			if depth == 0 {
				return i + 1
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return i // the end of the object around a number or literal
			}
			if depth--; depth == 0 {
				return i + 1
			}
		case ',', ' ', '\t', '\r', '\n':
			if depth == 0 {
				return i
			}
		}
	}
	return len(b)
}

// syntaxError returns what is wrong with text that is not JSON, and where.
func syntaxError(payload []byte) error {
	var value []byte
	err := json.Unmarshal(payload, &value)
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return Errorf(InvalidEvent, "the event is not valid JSON: %s at byte %d", syntax, syntax.Offset)
	}
	return Errorf(InvalidEvent, "the event is not valid JSON: %v", err)
}

func decodeKind(value []byte) (Kind, error) {
	if value == nil {
		return "", Errorf(InvalidEvent, "kind is missing; it must be %s", kindList())
	}
	s, ok := text(value)
	if !ok {
		return "", Errorf(InvalidEvent, "kind is %s; it must be %s", typeOf(value), kindList())
	}
	if kind := Kind(s); slices.Contains(kinds, kind) {
		return kind, nil
	}
	return "", Errorf(InvalidEvent, "unknown kind %s; it must be %s", Quote(s), kindList())
}

// kindList is the list of kinds for a message: a, b or c.
func kindList() string {
	var list string
	for i, kind := range kinds {
		switch i {
		case 0:
		case len(kinds) - 1:
			list += " or "
		default:
			list += ", "
		}
		list += string(kind)
	}
	return list
}

// onlyTaken rejects the members that the kind does not take.
func onlyTaken(kind Kind, f fields) error {
	member := ""
	switch {
	case f.id != nil && kind == GameRequested:
		member = memberID
	case f.guess != nil && kind != GuessSubmitted:
		member = memberGuess
	case f.key != nil && kind != GameRequested && kind != GuessSubmitted:
		member = memberKey
	default:
		return nil
	}
	return Errorf(InvalidEvent, "an event of kind %s takes no %s", kind, member)
}

func decodeID(value []byte) (ID, error) {
	if value == nil {
		return ID{}, Errorf(InvalidEvent, "id is missing; it must be the id of a game")
	}
	s, ok := text(value)
	if !ok {
		return ID{}, Errorf(InvalidEvent, "id is %s; it must be the id of a game, a string", typeOf(value))
	}
	return ParseID(s)
}

// decodeGuess accepts only an integer literal: 5.0 and 5e0 are rejected as fractional, since that
// is how they are written.
func decodeGuess(value []byte) (Guess, error) {
	const rule = "it must be a whole number from 0 to 10"
	if value == nil {
		return Guess{}, Errorf(InvalidGuess, "guess is missing; "+rule)
	}
	if s, ok := text(value); ok {
		return Guess{}, Errorf(InvalidGuess, "guess is the string %s; "+rule, Quote(s))
	}
	if c := value[0]; c != '-' && (c < '0' || c > '9') {
		return Guess{}, Errorf(InvalidGuess, "guess is %s; "+rule, typeOf(value))
	}
	if bytes.ContainsAny(value, ".eE") {
		return Guess{}, Errorf(InvalidGuess, "guess %s is not written as a whole number; "+rule, shorten(value))
	}
	n, err := strconv.Atoi(string(value))
	if err != nil { // more digits than an int has
		return Guess{}, outOfRange(shorten(value))
	}
	return NewGuess(n)
}

func outOfRange(literal string) *Error {
	return Errorf(InvalidGuess, "guess %s is out of range; it must be a whole number from %d to %d", literal, MinNumber, MaxNumber)
}

// shorten cuts a number's literal for a message.
func shorten(literal []byte) string {
	const most = 20
	if len(literal) > most {
		return string(literal[:most]) + "…"
	}
	return string(literal)
}

// decodeText reads an optional member: absent, null and "" yield "".
func decodeText(member string, value []byte, limit int) (string, error) {
	if value == nil || value[0] == 'n' {
		return "", nil
	}
	s, ok := text(value)
	if !ok {
		return "", Errorf(InvalidEvent, "%s is %s; it must be a string", member, typeOf(value))
	}
	return s, checkText(member, s, limit)
}

// text decodes a JSON string; ok is false if the value is not one.
func text(value []byte) (s string, ok bool) {
	if value[0] != '"' {
		return "", false
	}
	if bytes.IndexByte(value, '\\') < 0 { // nothing to decode in valid UTF-8
		return string(value[1 : len(value)-1]), true
	}
	return s, json.Unmarshal(value, &s) == nil
}

// typeOf names the type of a JSON value, with its article, for a message.
func typeOf(value []byte) string {
	switch value[0] {
	case '{':
		return "an object"
	case '[':
		return "an array"
	case '"':
		return "a string"
	case 't', 'f':
		return "a boolean"
	case 'n':
		return "null"
	}
	return "a number"
}
