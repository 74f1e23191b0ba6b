package store

// Size is the number of records in memory.
func Size(m *Memory) int { return len(m.games) }

// Endpoint is where a configuration's requests go.
func Endpoint(c Config) string { return c.endpoint() }
