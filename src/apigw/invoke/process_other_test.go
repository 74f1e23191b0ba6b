//go:build unix && !linux

package invoke

func zombie(int) bool { return false }
