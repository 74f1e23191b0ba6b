// Package rawio reads and writes without telling Go's scheduler where a call cannot block.
//
// The scheduler is told of every system call, because it may block. If everything has been idle, as
// it is while a function waits for an event, that wakes the thread that watches over blocked calls
// (runtime.sysmon), for nothing: the calls of an event take microseconds. It costs a fifth of a
// warm event's CPU time (docs/latency.md). So calls that cannot block are made directly on Linux,
// which is what Lambda runs; whatever has to wait goes the usual way, and so does everything
// elsewhere.
package rawio
