package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"example.com/guessing-game/src/apigw/cli"
	"example.com/guessing-game/src/apigw/executionlog"
	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/src/apigw/gateway/mask"
	"example.com/guessing-game/src/apigw/project"
	"example.com/guessing-game/src/apigw/replay"
)

func newRecord(s *cli.System) *cobra.Command {
	var o project.Source
	var account accountFlags
	var output, from string
	var hide []string
	var follow bool
	var each int
	cmd := &cobra.Command{
		Use:   "record [--rest-api-id ID --requests FILE]",
		Short: "Record mapping tests from real traffic",
		Long: `Make mapping tests (see apigw test) from real traffic: from the requests on the trace page of a running "apigw start", or,
with --rest-api-id, from requests that TestInvokeMethod runs through the API in your account.

A test holds the request, what the function returned, the event that it got, and the response. Headers with credentials are written
as ***; hide more with --mask. Requests with the same steps make one test.

` + requestsFormat,
		Example: `  apigw record -o tests/mappings
  apigw record --follow --mask password
  apigw record --rest-api-id abc123 --requests requests.txtar --yes`,
		Args: cli.Takes(0, 0),
		RunE: func(cmd *cobra.Command, args []string) error {
			a, err := o.LoadOne(s)
			if err != nil {
				return err
			}
			local := &replay.Local{Document: a.Doc, Options: o.Options(a, gateway.Options{}), KnownStage: account.id == ""}
			if err := local.Open(); err != nil {
				return a.Placed(err)
			}
			rec := &recording{s: s, local: local, tests: testWriter{dir: output, each: each, mask: mask.New(hide)}, seen: map[[32]byte]bool{}}
			if account.id == "" {
				err = rec.traces(cmd.Context(), from, follow)
			} else {
				err = rec.account(cmd.Context(), &account, &o)
			}
			if text := rec.tests.report(); text != "" {
				fmt.Fprint(s.Stdout, text)
			} else if err == nil {
				fmt.Fprintln(s.Stdout, "nothing to record: no request has reached a route")
			}
			return err
		},
	}
	f := cmd.Flags()
	o.Register(f)
	account.register(cmd)
	f.StringVarP(&output, "output", "o", "recorded", "write the tests into this `DIR`")
	f.StringVar(&from, "trace-url", "http://127.0.0.1:3002", "`URL` of the trace page of apigw start")
	f.BoolVarP(&follow, "follow", "f", false, "keep recording until Ctrl-C")
	f.IntVar(&each, "each", 10, "write at most `N` tests for each route and status")
	f.StringSliceVar(&hide, "mask", nil, "`NAMES` of JSON members, parameters and headers whose values are written as ***")
	return cmd
}

// recording is a run of apigw record.
type recording struct {
	s     *cli.System
	local *replay.Local
	tests testWriter
	seen  map[[32]byte]bool // tests without their comments
}

// keep writes an exchange as a test, unless an equal test exists.
func (rec *recording) keep(ctx context.Context, e *executionlog.Exchange, from string) error {
	r, err := rec.local.Run(ctx, e)
	if err != nil {
		return err
	}
	if r.Route == "" {
		return nil
	}
	if r.Skipped != "" {
		fmt.Fprintf(rec.s.Stderr, "left out %s %s: %s\n", e.Method, e.Resource, r.Skipped)
		return nil
	}
	kind := fmt.Sprint(r.Route, " ", e.Status)
	plain, err := r.Test("", rec.tests.mask)
	if err != nil {
		return rec.tests.add(kind, nil, err)
	}
	if key := sha256.Sum256(plain); !rec.seen[key] {
		rec.seen[key] = true
		test, err := r.Test(from, rec.tests.mask)
		return rec.tests.add(kind, test, err)
	}
	return nil
}

// account records what TestInvokeMethod runs.
func (rec *recording) account(ctx context.Context, f *accountFlags, o *project.Source) error {
	requests, err := f.collect(nil)
	if err != nil {
		return err
	}
	api, found, err := f.open(ctx, rec.s, o, requests)
	if err != nil {
		return err
	}
	for _, r := range found {
		e, err := api.Invoke(ctx, r.method, r.Request)
		if err != nil {
			return fmt.Errorf("%s: %w", r.name, err)
		}
		if err := rec.keep(ctx, e, "Recorded by TestInvokeMethod of "+f.id+"."); err != nil {
			return err
		}
	}
	return nil
}

// pollEvery is the interval at which --follow asks for new requests.
const pollEvery = 500 * time.Millisecond

// traces records the requests on the trace page of a running apigw start, and with follow the new
// ones too.
func (rec *recording) traces(ctx context.Context, from string, follow bool) error {
	client := &http.Client{Timeout: 10 * time.Second}
	known := map[string]bool{}
	for {
		var list struct {
			Traces []struct {
				ID      string `json:"id"`
				Request *struct {
					Route string `json:"route"`
				} `json:"request"`
			} `json:"traces"`
		}
		if err := getJSON(ctx, client, from+"/api/traces", &list); err != nil {
			if ctx.Err() != nil && follow {
				return nil
			}
			return fmt.Errorf("reading the trace page: %w. Is apigw start running? --trace-url says where", err)
		}
		slices.Reverse(list.Traces) // oldest first
		for _, t := range list.Traces {
			if known[t.ID] || t.Request == nil || t.Request.Route == "" {
				continue
			}
			known[t.ID] = true
			var trace struct {
				Request struct {
					RequestID string   `json:"request_id"`
					Log       []string `json:"log"`
				} `json:"request"`
			}
			if err := getJSON(ctx, client, from+"/api/traces/"+url.PathEscape(t.ID), &trace); err != nil {
				return err
			}
			e := &executionlog.Exchange{RequestID: trace.Request.RequestID}
			for _, line := range trace.Request.Log {
				e.Add(line)
			}
			if !e.Complete() {
				continue
			}
			if err := rec.keep(ctx, e, "Recorded from apigw start."); err != nil {
				return err
			}
		}
		if !follow {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pollEvery):
		}
	}
}

// getJSON reads a JSON document.
func getJSON(ctx context.Context, client *http.Client, address string, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	resp, err := client.Do(req)
	if err != nil {
		var wrapped *url.Error
		if errors.As(err, &wrapped) {
			err = wrapped.Err
		}
		return err
	}
	defer resp.Body.Close()
	const most = 256 << 20
	body := io.LimitReader(resp.Body, most)
	if resp.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(body, 512))
		return fmt.Errorf("%s: %s: %s", address, resp.Status, strings.TrimSpace(string(text)))
	}
	return json.NewDecoder(body).Decode(into)
}
