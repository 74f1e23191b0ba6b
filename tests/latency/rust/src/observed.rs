//! What the Go function does besides the game, for the variant that matches it: one JSON line for each event, a metric in
//! CloudWatch's embedded format, and for a sampled trace the same four subsegments in one datagram.

use crate::{decode, game::{Error, Event}, play, store::Store};
use lambda_runtime::{service_fn, tracing, Context, LambdaEvent};
use serde_json::{json, value::{to_raw_value, RawValue}};
use std::{
    cell::RefCell,
    env,
    net::UdpSocket,
    sync::{
        atomic::{AtomicBool, Ordering},
        OnceLock,
    },
    time::{SystemTime, UNIX_EPOCH},
};

struct Observer {
    namespace: Option<String>,
    function: String,
    daemon: OnceLock<Option<UdpSocket>>,
    warm: AtomicBool,
}

/// One invocation in progress, with its subsegments if its trace is sampled.
struct Invocation {
    trace: Option<(String, String)>, // the trace's id and the parent segment's
    start: f64,
    cold: bool,
    parts: RefCell<Vec<serde_json::Value>>,
}

/// The outcome of an event, as logs, traces and metrics name it.
struct Summary {
    kind: &'static str,
    outcome: &'static str,
    id: Option<String>,
    error: Option<String>,
}

fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros() as f64 / 1e6
}

fn id() -> String {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).expect("no random number");
    format!("{:016x}", u64::from_ne_bytes(bytes))
}

/// The ids of a sampled trace: "Root=1-…;Parent=…;Sampled=1".
fn sampled(header: &str) -> Option<(String, String)> {
    if !header.contains("Sampled=1") {
        return None;
    }
    let member = |name: &str| header.split(';').find_map(|m| m.strip_prefix(name)).map(str::to_string);
    Some((member("Root=")?, member("Parent=")?))
}

impl Observer {
    fn new() -> Observer {
        tracing::init_default_subscriber();
        Observer {
            namespace: env::var("AWS_EMF_NAMESPACE").ok().filter(|n| !n.is_empty()),
            function: env::var("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_default(),
            daemon: OnceLock::new(),
            warm: AtomicBool::new(false),
        }
    }

    fn begin(&self, context: &Context) -> Invocation {
        Invocation {
            trace: context.xray_trace_id.as_deref().and_then(sampled),
            start: now(),
            cold: !self.warm.swap(true, Ordering::Relaxed),
            parts: RefCell::default(),
        }
    }

    fn end(&self, invocation: Invocation, s: &Summary) {
        let (kind, outcome, cold) = (s.kind, s.outcome, invocation.cold);
        let (id, error) = (s.id.as_deref(), s.error.as_deref());
        match error {
            None => tracing::info!(kind, outcome, coldStart = cold, gameId = id, "event handled"),
            Some(error) => tracing::warn!(kind, outcome, coldStart = cold, gameId = id, error, "event refused"),
        }
        if let (Some(namespace), Some(metric)) = (&self.namespace, metric(outcome)) {
            let line = json!({
                "FunctionName": self.function,
                "_aws": {"Timestamp": (now() * 1e3) as u64, "CloudWatchMetrics": [{"Namespace": namespace,
                    "Dimensions": [["FunctionName"]], "Metrics": [{"Unit": "Count", "Name": metric}]}]},
                metric: 1,
            });
            println!("{line}");
        }
        self.send(invocation, s);
    }

    fn send(&self, invocation: Invocation, s: &Summary) {
        let Some((trace_id, parent_id)) = &invocation.trace else { return };
        let socket = self.daemon.get_or_init(|| {
            let address = env::var("AWS_XRAY_DAEMON_ADDRESS").unwrap_or("127.0.0.1:2000".into());
            let address = address.split(' ').find_map(|a| a.strip_prefix("udp:")).unwrap_or(&address).to_string();
            let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
            socket.connect(address).ok()?;
            Some(socket)
        });
        let Some(socket) = socket else { return };
        let mut document = json!({
            "name": "event", "id": id(), "start_time": invocation.start, "end_time": now(), "type": "subsegment",
            "trace_id": trace_id, "parent_id": parent_id, "subsegments": invocation.parts.take(),
            "annotations": {"kind": s.kind, "outcome": s.outcome, "coldStart": invocation.cold},
        });
        if let Some(error) = &s.error {
            document["error"] = true.into();
            document["cause"] = json!({"working_directory": "", "paths": [], "exceptions": [
                {"id": id(), "type": s.outcome, "message": error, "remote": false, "stack": []}]});
        }
        let _ = socket.send(format!("{{\"format\": \"json\", \"version\": 1}}\n{document}").as_bytes());
    }
}

impl Invocation {
    /// Runs part of the work as a subsegment.
    async fn part<T, E>(&self, name: &str, work: impl AsyncFnOnce() -> Result<T, E>) -> Result<T, E> {
        if self.trace.is_none() {
            return work().await;
        }
        let start = now();
        let result = work().await;
        let mut part = json!({"name": name, "id": id(), "start_time": start, "end_time": now()});
        if result.is_err() {
            part["error"] = true.into();
        }
        self.parts.borrow_mut().push(part);
        result
    }
}

fn metric(outcome: &str) -> Option<&'static str> {
    match outcome {
        "GameCreated" => Some("GamesStarted"),
        "GameWon" => Some("GamesWon"),
        "GameLost" => Some("GamesLost"),
        "InvalidGuess" => Some("InvalidGuesses"),
        _ => None,
    }
}

pub async fn run() -> Result<(), lambda_runtime::Error> {
    let observer = Observer::new();
    let observer = &observer;
    let store = Store::open().await;
    let store = &store;
    lambda_runtime::run(service_fn(move |event: LambdaEvent<serde_json::Value>| async move {
        let invocation = observer.begin(&event.context);
        let mut summary = Summary { kind: "invalid", outcome: "", id: None, error: None };
        let result: Result<Box<RawValue>, Error> = async {
            let event = invocation.part("decode", async || decode(event.payload)).await?;
            (summary.kind, summary.id) = match &event {
                Event::GameRequested {} => ("gameRequested", None),
                Event::GuessSubmitted { id, .. } => ("guessSubmitted", Some(id.to_string())),
                Event::GameInfoRequested { id } => ("gameInfoRequested", Some(id.to_string())),
            };
            let outcome = invocation.part("store", async || play(store, event).await).await?;
            summary.outcome = outcome.kind;
            invocation.part("encode", async || Ok(to_raw_value(&outcome).expect("an outcome is JSON"))).await
        }
        .await;
        if let Err(e) = &result {
            (summary.outcome, summary.error) = (e.name, Some(e.message.clone()));
        }
        observer.end(invocation, &summary);
        result
    }))
    .await
}
