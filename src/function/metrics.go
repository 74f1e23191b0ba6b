package main

import (
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"time"

	"example.com/guessing-game/src/game"
)

// metrics counts what happens in the games as lines in CloudWatch's embedded metric format, which
// CloudWatch turns into metrics by itself:
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
//
// A line counts one event; it has no id, guess or number.
type metrics struct {
	prefix, middle string // the line's constant parts, around the timestamp and the name
	out            io.Writer
	now            func() time.Time
}

// newMetrics returns nil, which counts nothing, unless AWS_EMF_NAMESPACE is set (the variable of
// the AWS EMF libraries).
func newMetrics(getenv func(string) string, out io.Writer, now func() time.Time) *metrics {
	namespace := getenv("AWS_EMF_NAMESPACE")
	if namespace == "" {
		return nil
	}
	function := getenv("AWS_LAMBDA_FUNCTION_NAME")
	return &metrics{
		prefix: `{"FunctionName":` + quoted(function) + `,"_aws":{"Timestamp":`,
		middle: `,"CloudWatchMetrics":[{"Namespace":` + quoted(namespace) + `,"Dimensions":[["FunctionName"]],"Metrics":[{"Unit":"Count","Name":`,
		out:    out,
		now:    now,
	}
}

func quoted(s string) string {
	b, _ := json.Marshal(s) // a string always marshals
	return string(b)
}

// metricOf names the metric that counts an event, "" for none.
func metricOf(result game.Result, err error) string {
	var known *game.Error
	switch {
	case errors.As(err, &known) && known.Name == game.InvalidGuess:
		return "InvalidGuesses"
	case err != nil:
		return ""
	case result.Kind == game.GameCreated:
		return "GamesStarted"
	case result.Kind == game.GameWon:
		return "GamesWon"
	case result.Kind == game.GameLost:
		return "GamesLost"
	}
	return ""
}

// count writes the line of an event, if it has one. Failure to write a metric does not fail an
// event.
func (m *metrics) count(event game.Event, result game.Result, err error) {
	if m == nil {
		return
	}
	name := metricOf(result, err)
	if name == "" {
		return
	}
	line := append(make([]byte, 0, 256), m.prefix...)
	line = strconv.AppendInt(line, m.now().UnixMilli(), 10)
	line = append(append(append(line, m.middle...), '"'), name...)
	line = append(append(append(line, `"}]}]},"`...), name...), "\":1}\n"...)
	m.out.Write(line)
}
