package trace

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path"
	"time"

	"example.com/guessing-game/src/apigw/bodies"
	"example.com/guessing-game/src/apigw/door"
)

//go:embed page
var page embed.FS

// contentTypes are those of the page's files; a machine's own table may have others, with which a
// browser would run no script.
var contentTypes = map[string]string{
	".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8",
}

// keepAlive is the interval of signs of life in a silent stream of changes.
const keepAlive = 15 * time.Second

// ErrReplay is what a Replay function returns when a request cannot be sent again.
var ErrReplay = errors.New("the request cannot be sent again")

// HandlerConfig configures the page.
type HandlerConfig struct {
	// Overview returns what can be requested now; nil if unknown.
	Overview func() Overview
	// Replay sends a request again and returns the id of the new trace. The page offers it
	// if it is set.
	Replay func(ctx context.Context, r Request) (traceID string, err error)
	// Names are the host names, besides localhost and all IP addresses, that clients may use for
	// the server.
	Names []string
	// Actions are the other requests that the page can make, by patterns of http.ServeMux such as
	// "POST /api/try".
	Actions map[string]Action
}

// Action serves a request of the page: its result is sent as JSON. The body has at most MaxAction
// bytes. An error describes what is wrong with the request.
type Action func(ctx context.Context, body []byte) (any, error)

// MaxAction bounds the body of a request to an Action.
const MaxAction = 1 << 20

// Handler shows the traces: GET / is the page, and under /api the same as JSON.
//
//	GET  /api/traces             all traces, newest first, how many there were, and how many documents were left out
//	GET  /api/traces/{id}        one trace: request, log, tree of segments
//	GET  /api/traces/{id}/tree   the same as text
//	GET  /api/routes             what can be requested: see Overview
//	GET  /api/distribution       latency of all requests and of each route
//	GET  /api/events             server-sent events: a line of the list for each change; "list" when all may have changed
//	POST /api/traces/{id}/replay send the request again
//	POST /api/clear              hide all traces
//	POST /api/restore            bring them back, within UndoTime
//
// Paths in the page are relative: the handler may be mounted under a prefix. Requests of other
// sites' pages are refused: see package door.
func (c *Collector) Handler(cfg HandlerConfig) http.Handler {
	mux := http.NewServeMux()
	files, err := page.ReadDir("page")
	if err != nil {
		panic(err) // they are compiled in
	}
	for _, file := range files {
		content, err := page.ReadFile("page/" + file.Name())
		if err != nil {
			panic(err)
		}
		at := file.Name()
		if at == "page.html" {
			at = "{$}"
		}
		mux.HandleFunc("GET /"+at, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", contentTypes[path.Ext(file.Name())])
			w.Write(content)
		})
	}
	mux.HandleFunc("GET /api/traces", func(w http.ResponseWriter, _ *http.Request) {
		l := c.List()
		writeJSON(w, struct {
			CanReplay bool              `json:"can_replay"`
			Rejected  int               `json:"rejected"`
			Rejection string            `json:"last_rejection,omitempty"`
			Limit     int               `json:"limit"`
			Total     int               `json:"total"`
			Cleared   int               `json:"cleared"`
			Traces    []json.RawMessage `json:"traces"`
		}{cfg.Replay != nil, l.Rejected, l.Rejection, l.Limit, l.Total, l.Cleared, c.rows(l.Traces)})
	})
	mux.HandleFunc("GET /api/traces/{id}", c.one(func(w http.ResponseWriter, _ *http.Request, t Trace) { writeJSON(w, t) }))
	mux.HandleFunc("GET /api/traces/{id}/tree", c.one(func(w http.ResponseWriter, _ *http.Request, t Trace) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		WriteTree(w, t)
	}))
	mux.HandleFunc("GET /api/routes", func(w http.ResponseWriter, _ *http.Request) {
		o := Overview{APIs: []API{}, Functions: []string{}}
		if cfg.Overview != nil {
			o = cfg.Overview()
		}
		writeJSON(w, o)
	})
	mux.HandleFunc("GET /api/distribution", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, c.Distributions()) })
	mux.HandleFunc("GET /api/events", c.stream)
	mux.HandleFunc("POST /api/clear", func(w http.ResponseWriter, _ *http.Request) {
		c.Clear()
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("POST /api/restore", func(w http.ResponseWriter, _ *http.Request) {
		if !c.Restore() {
			writeProblem(w, http.StatusConflict, errors.New("nothing can be restored: what was cleared is gone"))
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("POST /api/traces/{id}/replay", c.one(func(w http.ResponseWriter, r *http.Request, t Trace) {
		if cfg.Replay == nil || t.Request == nil {
			writeProblem(w, http.StatusNotFound, ErrReplay)
			return
		}
		id, err := cfg.Replay(whole(r), *t.Request)
		if err != nil {
			writeProblem(w, http.StatusBadGateway, err)
			return
		}
		writeJSON(w, map[string]string{"trace_id": id})
	}))
	for pattern, act := range cfg.Actions {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			body, err := bodies.Read(r, MaxAction)
			if errors.Is(err, bodies.ErrTooLarge) {
				w.Header().Set("Connection", "close")
				writeProblem(w, http.StatusRequestEntityTooLarge, fmt.Errorf("the request has more than %d bytes", MaxAction))
				bodies.Drain(w, r)
				return
			}
			var answer any
			if err == nil {
				answer, err = act(whole(r), body)
			}
			if err != nil {
				writeProblem(w, http.StatusBadRequest, err)
				return
			}
			writeJSON(w, answer)
		})
	}
	guarded := door.Door{Names: cfg.Names, Pages: true}.Handler(mux)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		guarded.ServeHTTP(w, r)
	})
}

// whole is the context of a request that has arrived as a whole: its client may close its side and
// still wait for the response, which net/http takes for a client that has gone.
func whole(r *http.Request) context.Context { return context.WithoutCancel(r.Context()) }

// rows returns lines of the list as JSON. One that cannot be written as JSON is logged and left
// out, so that it does not affect the others.
func (c *Collector) rows(all []Summary) []json.RawMessage {
	rows := make([]json.RawMessage, 0, len(all))
	for _, s := range all {
		row, err := json.Marshal(s)
		if err != nil {
			c.logger.Error("a trace cannot be shown", "trace_id", s.ID, "reason", err)
			continue
		}
		rows = append(rows, row)
	}
	return rows
}

// one finds the trace of a path.
func (c *Collector) one(show func(http.ResponseWriter, *http.Request, Trace)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		t, ok := c.Trace(r.PathValue("id"))
		if !ok {
			writeProblem(w, http.StatusNotFound, fmt.Errorf("no trace has the id %s, or it is no longer stored", r.PathValue("id")))
			return
		}
		show(w, r, t)
	}
}

// stream reports changes until the client disconnects or is too slow: the stream then ends, and
// the browser connects again and reads the list.
func (c *Collector) stream(w http.ResponseWriter, r *http.Request) {
	changes, cancel := c.Subscribe()
	defer cancel()
	control := http.NewResponseController(w)
	control.SetWriteDeadline(time.Time{})
	w.Header().Set("Content-Type", "text/event-stream")
	fmt.Fprint(w, "retry: 1000\n\n")
	if control.Flush() != nil {
		return
	}
	tick := time.NewTicker(keepAlive)
	defer tick.Stop()
	for {
		select {
		case s, ok := <-changes:
			if !ok {
				return
			}
			if s.ID == "" {
				fmt.Fprint(w, "event: list\ndata: {}\n\n")
				break
			}
			for _, data := range c.rows([]Summary{s}) {
				fmt.Fprintf(w, "data: %s\n\n", data)
			}
		case <-tick.C:
			fmt.Fprint(w, ": alive\n\n")
		case <-r.Context().Done():
			return
		}
		if len(changes) == 0 && control.Flush() != nil {
			return
		}
	}
}

func writeJSON(w http.ResponseWriter, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		writeProblem(w, http.StatusInternalServerError, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Write(append(b, '\n'))
}

// writeProblem writes an error as problem details (RFC 9457).
func writeProblem(w http.ResponseWriter, status int, err error) {
	b, _ := json.Marshal(map[string]any{"title": http.StatusText(status), "status": status, "detail": err.Error()})
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	w.Write(b)
}
