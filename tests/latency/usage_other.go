//go:build !linux

package main

import (
	"errors"
	"time"
)

type usage struct {
	cpu    time.Duration
	faults float64
	peakMB float64
}

func usageOf(int) (usage, error) {
	return usage{}, errors.New("CPU time and page faults are asked of the Linux kernel: measuring needs Linux")
}
