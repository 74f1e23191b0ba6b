package main

import (
	"bytes"
	"debug/elf"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"strings"
	"testing"
	"time"
)

func TestQuantile(t *testing.T) {
	t.Parallel()
	thousand := make([]float64, 1000)
	for i := range thousand {
		thousand[i] = float64(1000 - i)
	}
	for _, c := range []struct {
		values []float64
		q      float64
		want   float64
	}{
		{[]float64{7}, 0, 7},
		{[]float64{7}, 0.999, 7},
		{[]float64{2, 1}, 0.5, 1}, // one of two values, half of them, is not larger
		{[]float64{3, 1, 2}, 0.5, 2},
		{[]float64{4, 3, 2, 1}, 0.5, 2},
		{[]float64{4, 3, 2, 1}, 0.51, 3},
		{[]float64{10, 9, 8, 7, 6, 5, 4, 3, 2, 1}, 0.9, 9},
		{thousand, 0.99, 990},
		{thousand, 0.999, 999},
		{thousand, 0, 1},
		{thousand, 1, 1000},
	} {
		if got := quantile(c.values, c.q); got != c.want {
			t.Errorf("quantile %v of %d values: %v; want %v", c.q, len(c.values), got, c.want)
		}
	}
	if got := quantile(nil, 0.5); !math.IsNaN(got) {
		t.Errorf("the median of nothing is %v; want NaN", got)
	}
	if got := mean([]float64{1, 2, 6}); got != 3 {
		t.Errorf("mean %v; want 3", got)
	}
	if got := mean(nil); !math.IsNaN(got) {
		t.Errorf("the mean of nothing is %v; want NaN", got)
	}
	values := []float64{3, 1, 2}
	quantile(values, 0.5)
	if values[0] != 3 {
		t.Error("quantile sorts its argument")
	}
}

func TestShort(t *testing.T) {
	t.Parallel()
	for v, want := range map[float64]string{
		0: "0", 3: "3", 0.0123: "0.0123", 0.5: "0.5", 1.234: "1.23", 12.34: "12.3", 123.4: "123", 99999.6: "100000", -4.5: "-4.5", math.NaN(): "–",
	} {
		if got := short(v); got != want {
			t.Errorf("short(%v) is %s; want %s", v, got, want)
		}
	}
}

func TestTable(t *testing.T) {
	t.Parallel()
	got := table([]string{"what", "µs"}, [][]string{{"größer", "1"}, {"–", "12345"}})
	want := `| what   | µs    |
| ------ | ----- |
| größer | 1     |
| –      | 12345 |
`
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// filled is a report of all variants with plausible samples.
func filled(endpoint string) *report {
	r := newReport("make latency", "abc1234", 2)
	r.when = time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)
	r.programs = programs("/tmp", "release")
	r.variants = variants(r.programs, endpoint, 3)
	r.author.parts = []dependency{{"example.com/large", 1 << 20, 0.5}, {"example.com/quick", 1 << 10, 0}}
	for i, v := range r.variants {
		x := float64(i + 1)
		v.samples = samples{
			init: []float64{x, x + 1}, first: []float64{1}, firstCPU: []float64{2}, coldBilled: []float64{4}, warmCPU: []float64{50 + x},
			warm:       map[string][]float64{"gameRequested": {100 + x}, "guessSubmitted": {110}, "gameInfoRequested": {90}},
			warmBilled: []float64{1, 1, 1}, paced: []float64{200, 300}, pacedBill: []float64{1, 2}, peakMB: []float64{8}, faults: []float64{500},
		}
	}
	return r
}

func TestVariants(t *testing.T) {
	t.Parallel()
	all := variants(programs("/tmp", "release"), "http://127.0.0.1:8000", 800)
	names := map[string]bool{}
	for _, v := range all {
		if names[v.name] {
			t.Errorf("two variants are called %q", v.name)
		}
		names[v.name] = true
		if v.program == nil {
			t.Errorf("variant %q has no program", v.name)
		}
	}
	for _, b := range budgets() {
		if !names[b.of] || !names[b.beside] {
			t.Errorf("budget %q compares %q with %q; there are no such variants", b.what, b.of, b.beside)
		}
	}
	for _, v := range variants(programs("/tmp", "release"), "", 800) {
		if v.env["TABLE_NAME"] != "" {
			t.Errorf("variant %q needs a table without an endpoint", v.name)
		}
	}
}

func TestBudgets(t *testing.T) {
	t.Parallel()
	r := filled("")
	r.of("go").warmCPU, r.of("rust-observed").warmCPU = []float64{80}, []float64{80}
	r.of("go-direct").warmCPU = []float64{81}
	r.of("go, not sampled").warmCPU, r.of("rust-observed, not sampled").warmCPU = []float64{40}, []float64{80}
	r.of("go").peakMB = []float64{20.1}
	text := strings.Join(strings.Fields(r.budgetTable()), " ")
	for _, want := range []string{
		"| warm invocation, CPU time, to Rust: sampled and logged | go / rust-observed | 1.00 | 1 | kept |",
		"| the same, logged | go, not sampled / rust-observed, not sampled | 0.50 | 1 | kept |",
		"| warm invocation, CPU time, to Rust: sampled and logged | go-direct / rust-observed | 1.01 | 1 | **not kept** |",
		"| init, with store, log and tracing, to Rust with the same | go, DynamoDB / rust-dynamodb-observed, DynamoDB | – | 0.75 | not measured |",
		"| peak memory, MB | go | 20.10 | 20 | **not kept** |",
		"| peak memory, MB | go-direct | 8.00 | 20 | kept |",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the budgets are\n%s\nwithout\n%s", r.budgetTable(), want)
		}
	}
}

func TestReportSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	r := filled("")
	r.noTable = "DynamoDB Local could not be started: no Java."
	for _, v := range r.variants {
		if v.share {
			v.samples.noShare = "permission denied"
		}
	}
	text := r.markdown()
	for _, want := range []string{"no Java.", "This machine has no CPU shares: permission denied", "Not measured: the CPU shares are missing."} {
		if !strings.Contains(text, want) {
			t.Errorf("the report does not say %q", want)
		}
	}
	if strings.Contains(text, "NaN") || strings.Contains(text, "%!") {
		t.Errorf("the report is badly formatted:\n%s", text)
	}
	ran := r.ran()
	for _, want := range []string{"built ", "\n  go-direct ", "invocations\n", "without a CPU share: permission denied", "no Java."} {
		if !strings.Contains(ran, want) {
			t.Errorf("what ran does not say %q:\n%s", want, ran)
		}
	}
	if strings.Contains(ran, "kept") || strings.Contains(ran, "%!") {
		t.Errorf("what ran judges, or is badly formatted:\n%s", ran)
	}
}

func TestMillionPlays(t *testing.T) {
	t.Parallel()
	// Every number can be drawn, and a player tries 0, 1, 2 … until one is right.
	events := 0.0
	for number := range 11 {
		events += 1 + float64(min(number+1, 3))
	}
	if events /= 11; math.Abs(events-eventsPerPlay) > 1e-9 {
		t.Errorf("%v events a play; it is %v", eventsPerPlay, events)
	}
	// A second of 1 GB an event.
	if got, want := millionPlays(1000, 1024, perGBSecondX86), eventsPerPlay*(0.20+16.6667); math.Abs(got-want) > 1e-9 {
		t.Errorf("$%v; want $%v", got, want)
	}
	if got, want := millionPlays(0, 1024, perGBSecondArm), eventsPerPlay*0.20; got != want {
		t.Errorf("$%v for requests alone; want $%v", got, want)
	}
}

func TestSamplesAdd(t *testing.T) {
	t.Parallel()
	one := filled("").variants[0].samples
	var s samples
	s.add(&one)
	s.add(&one)
	if len(s.init) != 4 || len(s.all()) != 6 || len(s.pacedBill) != 4 || len(s.faults) != 2 || len(s.peakMB) != 2 || len(s.warmBilled) != 6 || len(s.firstCPU) != 2 {
		t.Errorf("two processes give %+v", s)
	}
}

// wellFormed checks that a plot is XML, that its numbers are numbers, and that nothing lies
// outside it.
func wellFormed(t *testing.T, name, plot string) {
	t.Helper()
	if strings.Contains(plot, "NaN") || strings.Contains(plot, "Inf") || strings.Contains(plot, "%!") {
		t.Errorf("%s has numbers that are none:\n%s", name, plot)
	}
	d := xml.NewDecoder(strings.NewReader(plot))
	var elements []string
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%s is not XML: %v\n%s", name, err, plot)
		}
		if e, ok := token.(xml.StartElement); ok {
			elements = append(elements, e.Name.Local)
		}
	}
	if len(elements) < 4 || elements[0] != "svg" {
		t.Errorf("%s has the elements %v", name, elements)
	}
}

func TestPlots(t *testing.T) {
	t.Parallel()
	for _, endpoint := range []string{"", "http://127.0.0.1:8000"} {
		for name, plot := range filled(endpoint).plots() {
			wellFormed(t, name, plot)
		}
	}
	hostile := `<&"' & Söhne`
	values := []float64{1, 10, 100, 0, -3}
	for name, plot := range map[string]string{
		"strips":       strips(hostile, hostile, []series{{hostile, values}, {"empty", nil}}),
		"distribution": distribution(hostile, hostile, []series{{hostile, values}, {"empty", nil}}),
		"curves":       curves(hostile, hostile, hostile, []curve{{hostile, []float64{128, 1769}, []float64{0, 3}}, {name: "empty"}}),
		"bars":         bars(hostile, hostile, []part{{hostile, 1, 2}, {"noise", -1, -2}}),
		"nothing":      strips("", "", nil),
	} {
		wellFormed(t, name, plot)
		if strings.Contains(plot, "Söhne") && !strings.Contains(plot, "&lt;&amp;&#34;&#39; &amp; Söhne") {
			t.Errorf("%s does not escape a name", name)
		}
	}
}

func TestScale(t *testing.T) {
	t.Parallel()
	s := newScale([]float64{1, 1000, -1, 0}, 100, 700)
	if s.at(1) <= 100 || s.at(1000) >= 700 || math.Abs(s.at(10)-s.at(1)-(s.at(1000)-s.at(100))) > 1e-9 {
		t.Errorf("1, 10, 100, 1000 are at %v, %v, %v, %v between 100 and 700", s.at(1), s.at(10), s.at(100), s.at(1000))
	}
	if got := s.ticks(); len(got) != 10 || got[0] != 1 || got[9] != 1000 {
		t.Errorf("the ticks from 1 to 1000 are %v", got)
	}
}

func TestBinaryParts(t *testing.T) {
	t.Parallel()
	sections := []*elf.Section{{}, {SectionHeader: elf.SectionHeader{Type: elf.SHT_PROGBITS}}, {SectionHeader: elf.SectionHeader{Type: elf.SHT_NOBITS}}}
	symbol := func(name string, section elf.SectionIndex, size uint64) elf.Symbol {
		return elf.Symbol{Name: name, Section: section, Size: size}
	}
	got := symbolSizes([]elf.Symbol{
		symbol("github.com/aws/aws-lambda-go/lambda.(*Function).Ping", 1, 120),
		symbol("main.main", 1, 80),
		symbol("net/http.http2errCodeName", 1, 16),
		symbol("type:*net/http.Client", 1, 64),
		symbol("runtime.pclntab", 1, 300000),
		symbol("slices.SortFunc[go.shape.[]example.com/x/y.Z]", 1, 24),
		symbol("runtime.mheap_", 2, 999),
		symbol("gopkg.in/yaml%2ev3.Unmarshal", 1, 32),
		symbol("file.go", elf.SHN_ABS, 7),
	}, sections)
	want := map[string]int64{"github.com/aws/aws-lambda-go/lambda": 120, "main": 80, "net/http": 16, "": 300064, "slices": 24, "gopkg.in/yaml.v3": 32}
	if len(got) != len(want) {
		t.Errorf("sizes %v; want %v", got, want)
	}
	for pkg, bytes := range want {
		if got[pkg] != bytes {
			t.Errorf("%q has %d bytes; want %d", pkg, got[pkg], bytes)
		}
	}
	modules := map[string]string{functionPackage: "example.com/guessing-game", "github.com/aws/aws-lambda-go/lambda": "github.com/aws/aws-lambda-go", "net/http": "", "slices": ""}
	for pkg, want := range map[string]string{
		"main": "example.com/guessing-game", "github.com/aws/aws-lambda-go/lambda": "github.com/aws/aws-lambda-go",
		"net/http": "Go's net", "slices": "the rest of Go's library", "": linkerTables,
	} {
		if got := partOf(pkg, modules); got != want {
			t.Errorf("%q counts for %q; want %q", pkg, got, want)
		}
	}
	times := initTimes("init internal/bytealg @0.004 ms, 0 ms clock, 0 bytes, 0 allocs\ninit net/http @0.52 ms, 0.083 ms clock, 5120 bytes, 31 allocs\nthis program is a Lambda function\n")
	if len(times) != 2 || times["net/http"] != 0.083 {
		t.Errorf("init times %v", times)
	}
}

func TestPlayer(t *testing.T) {
	t.Parallel()
	p := player{game: true}
	const id = "0b0f6c0e-2d4e-4d7e-9d0b-5f1b6c7d8e9f"
	if err := p.answer(p.event("gameRequested"), []byte(`{"kind":"GameCreated","id":"`+id+`"}`), ""); err != nil {
		t.Fatal(err)
	}
	if got, want := string(p.event("guessSubmitted")), `{"kind":"guessSubmitted","id":"`+id+`","guess":5}`; got != want {
		t.Errorf("the guess is %s; want %s", got, want)
	}
	for _, bad := range []struct{ payload, functionError string }{
		{`{"errorMessage":"GameNotFound: …"}`, "Unhandled"}, {`{}`, ""}, {`not JSON`, ""},
	} {
		if err := p.answer(p.event("gameInfoRequested"), []byte(bad.payload), bad.functionError); err == nil {
			t.Errorf("the answer %s %s is measured as if it were a success", bad.functionError, bad.payload)
		}
	}
}

func TestCommandRefuses(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"-nonsense"}, {"measure"}, {"-rounds", "0"}, {"-warm", "-1"}} {
		var stdout, stderr bytes.Buffer
		if code := command(t.Context(), args, &stdout, &stderr); code != 2 || !strings.Contains(stderr.String(), "-rounds") {
			t.Errorf("latency %s exits with %d and %q; want 2 and the usage", args, code, stderr.String())
		}
	}
}

func TestProgress(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	p := newProgress(&b)
	p.show("measuring", 0, 2, "go")
	p.show("measuring", 1, 2, "go") // soon after it
	p.clear()
	if got := b.String(); got != "measuring go (1 of 2)\n" {
		t.Errorf("without a terminal it says %q", got)
	}
	p.on = true
	p.show("measuring", 1, 2, "go")
	p.clear()
	if got := b.String(); !strings.Contains(got, "measuring  [###############...............]  50 %  go") || !strings.HasSuffix(got, "\r\x1b[K") {
		t.Errorf("the bar is %q", got)
	}
}
