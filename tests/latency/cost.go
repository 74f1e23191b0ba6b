package main

import (
	"fmt"
	"math"
)

// AWS's public prices for Lambda in us-east-1 in US dollars, beyond the free tier, in the first
// tier; others start at six thousand million GB-seconds a month.
// https://aws.amazon.com/lambda/pricing/, as of November 2026.
const (
	pricesAsOf     = "November 2026, us-east-1"
	perGBSecondX86 = 0.0000166667
	perGBSecondArm = 0.0000133334
	perMillionCall = 0.20
)

// eventsPerPlay is the number of events in a game: one that creates it, and the guesses of a
// player who never tries a number twice. The first of eleven numbers is right one time in eleven,
// so the second guess is made ten times in eleven and the third nine.
const eventsPerPlay = 1 + 1 + 10.0/11 + 9.0/11

// millionPlays is the cost of a million games in dollars, with the given billed milliseconds for
// each event.
func millionPlays(billedMS float64, memoryMB int, perGBSecond float64) float64 {
	return eventsPerPlay * (perMillionCall + 1e6*billedMS/1000*float64(memoryMB)/1024*perGBSecond)
}

// costTable shows the price of a million plays by memory size, for the variants whose names
// contain the label.
func (r *report) costTable(label string) string {
	var rows [][]string
	dollars := func(v float64) string {
		if math.IsNaN(v) {
			return "–"
		}
		return fmt.Sprintf("$%.2f", v)
	}
	for _, v := range r.variants {
		if !v.share || v.label() != label || v.samples.noShare != "" {
			continue
		}
		calm, busy, cold := mean(v.samples.pacedBill), mean(v.samples.warmBilled), mean(v.samples.coldBilled)
		rows = append(rows, []string{fmt.Sprint(v.memoryMB),
			fmt.Sprintf("%.2f", calm), dollars(millionPlays(calm, v.memoryMB, perGBSecondX86)), dollars(millionPlays(calm, v.memoryMB, perGBSecondArm)),
			fmt.Sprintf("%.2f", busy), dollars(millionPlays(busy, v.memoryMB, perGBSecondX86)), dollars(millionPlays(busy, v.memoryMB, perGBSecondArm)),
			short(cold), dollars(1e6 * cold / 1000 * float64(v.memoryMB) / 1024 * perGBSecondX86)})
	}
	if rows == nil {
		return "Not measured: the CPU shares are missing.\n"
	}
	return table([]string{"memory MB", "billed ms, calm", "x86_64", "arm64", "billed ms, busy", "x86_64", "arm64", "billed ms, cold", "a million cold, x86_64"}, rows)
}
