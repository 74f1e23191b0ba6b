package main

import (
	"math"
	"slices"
)

// quantile is the smallest of the values that at least the share q of them (0 to 1) does not
// exceed, NaN if there are none.
func quantile(values []float64, q float64) float64 {
	return sortedQuantile(slices.Sorted(slices.Values(values)), q)
}

func sortedQuantile(sorted []float64, q float64) float64 {
	if len(sorted) == 0 {
		return math.NaN()
	}
	const rounding = 1e-9 // 0.9 × 10 is 9, whatever binary fractions make of it
	rank := int(math.Ceil(q*float64(len(sorted)) - rounding))
	return sorted[max(rank, 1)-1]
}

func median(values []float64) float64 { return quantile(values, 0.5) }

func mean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values)) // NaN if there are none
}
