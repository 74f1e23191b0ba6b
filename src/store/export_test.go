package store

// Size is the number of records in memory.
func Size(m *Memory) int { return len(m.games) }
