package main

import (
	"math"
	"slices"
)

// quantile is the q-th quantile (0 to 1) of the values, NaN if there are none.
func quantile(values []float64, q float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
}

func median(values []float64) float64 { return quantile(values, 0.5) }

// all are the warm durations of every kind of event.
func (s *samples) all() (all []float64) {
	for _, kind := range kinds {
		all = append(all, s.Warm[kind]...)
	}
	return all
}

// billed is the mean billed duration of the warm invocations, in ms: each is rounded up to one.
func (s *samples) billed() float64 {
	all := s.all()
	if len(all) == 0 {
		return math.NaN()
	}
	sum := 0.0
	for _, us := range all {
		sum += math.Ceil(us / 1000)
	}
	return sum / float64(len(all))
}
