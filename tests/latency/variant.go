package main

import (
	"fmt"
	"maps"
	"time"
)

// variant is a row of the report: a program and the circumstances under which it runs.
type variant struct {
	name    string
	program *program
	env     map[string]string
	sampled bool // its invocations are traced
	// memoryMB is the memory size; share says whether the process gets the CPU share that such a
	// function has.
	memoryMB int
	share    bool
	// warm is how many warm invocations a process serves, back to back; paced is how many of them
	// come first, each after a pause.
	warm, paced int

	samples samples
}

// kinds are the events of the invocations, in the order in which they are sent.
var kinds = []string{"gameRequested", "guessSubmitted", "gameInfoRequested"}

// samples are the measurements of a variant, over all its processes.
type samples struct {
	init       []float64            // ms, from exec to the first request for work
	first      []float64            // ms, the first invocation, after that
	firstCPU   []float64            // ms of CPU time until the first response, including init
	coldBilled []float64            // ms, the billed duration of the first invocation with its init
	warm       map[string][]float64 // µs, by kind of event, back to back
	warmCPU    []float64            // µs of CPU time of a warm invocation, one mean for each process
	warmBilled []float64            // ms, back to back
	paced      []float64            // µs, after a pause
	pacedBill  []float64            // ms, after a pause
	peakMB     []float64
	faults     []float64 // page faults until the first response
	noShare    string    // why there is no CPU share
}

// add adds the samples of one process.
func (s *samples) add(o *samples) {
	for _, f := range []struct {
		to   *[]float64
		from []float64
	}{
		{&s.init, o.init}, {&s.first, o.first}, {&s.firstCPU, o.firstCPU}, {&s.coldBilled, o.coldBilled}, {&s.warmCPU, o.warmCPU},
		{&s.warmBilled, o.warmBilled}, {&s.paced, o.paced}, {&s.pacedBill, o.pacedBill}, {&s.peakMB, o.peakMB}, {&s.faults, o.faults},
	} {
		*f.to = append(*f.to, f.from...)
	}
	if s.warm == nil {
		s.warm = map[string][]float64{}
	}
	for kind, values := range o.warm {
		s.warm[kind] = append(s.warm[kind], values...)
	}
	if o.noShare != "" {
		s.noShare = o.noShare
	}
}

// all returns the warm durations of every kind of event.
func (s *samples) all() (all []float64) {
	for _, kind := range kinds {
		all = append(all, s.warm[kind]...)
	}
	return all
}

const tableName = "games"

// fullCPU is the memory size in MB that comes with one whole CPU.
const fullCPU = 1769

// memorySizes are the sizes whose CPU share is measured.
var memorySizes = []int{128, 256, 512, 1024, fullCPU}

// The invocations of a process with a CPU share: some after a pause, in which the share fills up
// again, then some without.
const (
	pacedInvocations = 24
	busyInvocations  = 60
	// cpuPeriod is the period of the CPU share, for Lambda and the Host.
	cpuPeriod = 20 * time.Millisecond
)

// variants returns the rows of the report. Without an endpoint of DynamoDB those that need one
// are missing.
func variants(all []*program, endpoint string, warm int) (list []*variant) {
	by := map[string]*program{}
	for _, p := range all {
		by[p.name] = p
	}
	// As template.yaml configures it.
	deployed := map[string]string{"AWS_EMF_NAMESPACE": "GuessingGame"}
	table := map[string]string{"TABLE_NAME": tableName, "AWS_ENDPOINT_URL_DYNAMODB": endpoint}
	with := func(more ...map[string]string) map[string]string {
		env := maps.Clone(deployed)
		for _, m := range more {
			maps.Copy(env, m)
		}
		return env
	}
	add := func(name, program string, env map[string]string) *variant {
		v := &variant{name: name, program: by[program], env: env, sampled: true, memoryMB: fullCPU, warm: warm}
		list = append(list, v)
		return v
	}
	for _, name := range []string{"go", "go-direct", "go-empty", "rust", "rust-observed"} {
		add(name, name, with())
	}
	if endpoint != "" {
		for _, name := range []string{"go", "go-direct", "rust-dynamodb", "rust-dynamodb-observed"} {
			add(name+inTable, name, with(table))
		}
	}
	// The same programs in other configurations, to show what each part costs.
	for _, name := range []string{"go", "go-direct"} {
		add(name+standardLoop, name, with(map[string]string{"LAMBDA_LOOP": "standard"}))
		add(name+untraced, name, with()).sampled = false
		// What the Rust version does, and no more.
		add(name+bare, name, map[string]string{"AWS_LAMBDA_LOG_LEVEL": "ERROR"}).sampled = false
	}
	add("rust-observed"+untraced, "rust-observed", with()).sampled = false
	if endpoint != "" {
		add("go"+inTable+untraced, "go", with(table)).sampled = false
	}
	add("go, GOMAXPROCS=2", "go", with(map[string]string{"GOMAXPROCS": "2"}))
	add("go, GOGC=off", "go", with(map[string]string{"GOGC": "off"}))
	add("go-plain", "go-plain", with())

	for _, mb := range memorySizes {
		for _, base := range list[:len(list):len(list)] {
			if !base.compared() {
				continue
			}
			v := *base
			v.name, v.memoryMB, v.share = fmt.Sprintf("%s, %d MB", base.name, mb), mb, true
			v.paced, v.warm = min(warm, pacedInvocations), min(warm, busyInvocations)
			list = append(list, &v)
		}
	}
	return list
}

// Suffixes for a program's name when it runs under other circumstances.
const (
	inTable      = ", DynamoDB"
	standardLoop = ", lambda.Start"
	untraced     = ", not sampled"
	bare         = ", no trace, no log"
)

// compared reports whether the variant is one of the programs themselves, rather than one that
// shows the cost of a part.
func (v *variant) compared() bool {
	return !v.share && v.program.name != "go-plain" && (v.name == v.program.name || v.name == v.program.name+inTable)
}

// label returns the variant's name without its memory size.
func (v *variant) label() string {
	if v.env["TABLE_NAME"] != "" {
		return v.program.name + inTable
	}
	return v.program.name
}
