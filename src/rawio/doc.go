// Package rawio reads and writes without involving Go's scheduler if a call cannot block.
//
// The scheduler is notified of every system call, because it may block. If everything has been
// idle, as while a function waits for an event, that wakes the thread that watches blocked calls
// (runtime.sysmon), in vain: the calls of an event take microseconds. It costs a fifth of a warm
// event's CPU time (docs/latency.md). So calls that cannot block are made directly on Linux, which
// is what Lambda runs; calls that have to wait, and all calls on other systems, are made the usual
// way.
package rawio
