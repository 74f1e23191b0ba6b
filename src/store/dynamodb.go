package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"example.com/guessing-game/src/game"
)

// DynamoDB is a Store in one DynamoDB table, correct with any number of processes using it. Its
// partition key is "id" (S), its TTL attribute "expires_at" (N); the other attributes are:
//
//	schema_version  N  see [schemaVersion]; absent in the oldest items
//	random_number   N  the secret
//	guesses         L  of N, in order
//	guess_keys      L  of S, the idempotency keys of the last guesses, one each
//	created_at      N  seconds since 1970, for people
//
// Each method is one request to DynamoDB, sent again only after a fault, and a read after a guess
// for a game that does not exist. Sending a request again is safe: the id of a new game and the key
// of a guess distinguish the second attempt from another game or guess.
type DynamoDB struct {
	client *client
	table  string
	now    Clock
}

var _ Store = (*DynamoDB)(nil)

// schemaVersion is the version of the items that this code writes, and the
// newest that it reads:
//
//	1  without guess_keys, possibly without schema_version, created_at and expires_at
//	2  with guess_keys
//
// An item keeps its version's form when a guess is appended; guess_keys then covers only the later
// guesses.
const schemaVersion = 2

// NewDynamoDB makes a store on the table of the configuration. It sends nothing: a missing table is
// noticed at the first event.
func NewDynamoDB(c Config) *DynamoDB {
	return &DynamoDB{client: newClient(c), table: c.Table, now: c.Now}
}

// Names in the expressions; none is a reserved word of DynamoDB.
const (
	notKept = "attribute_not_exists(id) OR expires_at <= :now"

	// A missing random_number would make NOT contains true, hence the first
	// condition, which also says that the item exists.
	mayGuess = "attribute_exists(random_number)" +
		" AND (attribute_not_exists(expires_at) OR expires_at > :now)" +
		" AND (attribute_not_exists(schema_version) OR schema_version <= :version)" +
		" AND size(guesses) < :most" +
		" AND NOT contains(guesses, random_number)" +
		" AND NOT contains(guess_keys, :key)"

	appendGuess = "SET guesses = list_append(guesses, :guesses)," +
		" guess_keys = list_append(if_not_exists(guess_keys, :none), :keys)"
)

// Create stores a game; see [Store]. It is a conditional PutItem.
func (d *DynamoDB) Create(ctx context.Context, g game.Game) (game.Game, error) {
	now := d.now()
	_, err := d.client.do(ctx, "PutItem", request{
		TableName: d.table,
		Item: item{
			"id":             text(g.ID().String()),
			"schema_version": number(schemaVersion),
			"random_number":  number(g.Number().Reveal()),
			"guesses":        list(),
			"guess_keys":     list(),
			"created_at":     number(int(now.Unix())),
			"expires_at":     number(int(now.Add(Life).Unix())),
		},
		ConditionExpression:                 notKept,
		ExpressionAttributeValues:           item{":now": number(int(now.Unix()))},
		ReturnValuesOnConditionCheckFailure: "ALL_OLD",
	})
	if old, refused := refusedBy(err); refused {
		if len(old) == 0 {
			return game.Game{}, game.Unavailable(errNoOldItem)
		}
		k, err := decode(g.ID(), old)
		if err != nil {
			return game.Game{}, err
		}
		return k.game.After(0), nil
	}
	if err != nil {
		return game.Game{}, game.Unavailable(err)
	}
	return g, nil
}

// Guess makes a guess; see [Store]. It is a conditional UpdateItem; if the condition fails, the old
// item shows why.
func (d *DynamoDB) Guess(ctx context.Context, id game.ID, guess game.Guess, key game.Key) (game.Game, error) {
	// A guess without a key gets a generated one, so that this request can be sent again if the
	// response was lost. The prefixes distinguish the two.
	token := "key:" + key.String()
	if key == (game.Key{}) {
		token = "auto:" + uuid.NewString()
	}
	now := d.now()
	answer, err := d.client.do(ctx, "UpdateItem", request{
		TableName:           d.table,
		Key:                 item{"id": text(id.String())},
		UpdateExpression:    appendGuess,
		ConditionExpression: mayGuess,
		ExpressionAttributeValues: item{
			":guesses": list(number(guess.Int())),
			":keys":    list(text(token)),
			":key":     text(token),
			":none":    list(),
			":now":     number(int(now.Unix())),
			":version": number(schemaVersion),
			":most":    number(game.MaxGuesses),
		},
		ReturnValues:                        "ALL_NEW",
		ReturnValuesOnConditionCheckFailure: "ALL_OLD",
	})
	old, refused := refusedBy(err)
	switch {
	case refused && len(old) == 0:
		return game.Game{}, d.missing(ctx, id)
	case refused:
		return d.refused(id, old, token, now)
	case err != nil:
		return game.Game{}, game.Unavailable(err)
	case len(answer.Attributes) == 0:
		return game.Game{}, game.Unavailable(errors.New("UpdateItem succeeded without returning the item"))
	}
	k, err := decode(id, answer.Attributes)
	return k.game, err
}

// errNoOldItem is for servers that, unlike DynamoDB, do not return the item of a failed condition.
var errNoOldItem = errors.New("a condition was refused without the item that refused it")

// missing returns the error of a guess that was refused without an item. DynamoDB does that only if
// there is none; a read shows whether that is so.
func (d *DynamoDB) missing(ctx context.Context, id game.ID) error {
	if _, err := d.Get(ctx, id); err != nil {
		return err
	}
	return game.Unavailable(errNoOldItem)
}

// refused returns why a guess's condition did not hold for the old item.
func (d *DynamoDB) refused(id game.ID, old item, token string, now time.Time) (game.Game, error) {
	k, err := decode(id, old)
	if err != nil {
		return game.Game{}, err
	}
	if k.expired(now) {
		return game.Game{}, game.NotFound(id)
	}
	if n := k.guessOf(token); n > 0 {
		return k.game.After(n), nil
	}
	if k.game.Status() != game.Ongoing {
		return game.Game{}, k.game.Finished()
	}
	return game.Game{}, fmt.Errorf("DynamoDB refused a guess that the item of game %s allows", id)
}

// Get returns a game; see [Store]. It is a consistent GetItem.
func (d *DynamoDB) Get(ctx context.Context, id game.ID) (game.Game, error) {
	answer, err := d.client.do(ctx, "GetItem", request{
		TableName:      d.table,
		Key:            item{"id": text(id.String())},
		ConsistentRead: true,
	})
	if err != nil {
		return game.Game{}, game.Unavailable(err)
	}
	if len(answer.Item) == 0 {
		return game.Game{}, game.NotFound(id)
	}
	k, err := decode(id, answer.Item)
	if err != nil {
		return game.Game{}, err
	}
	if k.expired(d.now()) {
		return game.Game{}, game.NotFound(id)
	}
	return k.game, nil
}

// refusedBy returns the old item if err is a failed condition.
func refusedBy(err error) (old item, refused bool) {
	var e *apiError
	if errors.As(err, &e) && e.Code == "ConditionalCheckFailedException" {
		return e.Item, true
	}
	return nil, false
}
