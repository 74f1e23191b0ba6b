// Package concurrency plays the game with many processes of the function at once on DynamoDB
// Local: nothing may be lost, duplicated or seen out of order.
package concurrency
