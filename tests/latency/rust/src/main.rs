//! The guessing game as a Lambda function in Rust, for `make latency` to measure beside the one in Go. Games are in memory, or with
//! the feature `dynamodb` in the table TABLE_NAME.

mod game;
#[cfg(feature = "dynamodb")]
#[path = "dynamodb.rs"]
mod store;
#[cfg(not(feature = "dynamodb"))]
#[path = "memory.rs"]
mod store;

use game::{Error, Event, Game, Outcome};
use lambda_runtime::{service_fn, LambdaEvent};
use store::Store;

async fn handle(store: &Store, payload: serde_json::Value) -> Result<Outcome, Error> {
    let event = serde_json::from_value(payload).map_err(|e| Error::new("InvalidEvent", e.to_string()))?;
    Ok(match event {
        Event::GameRequested {} => Outcome::of(store.create(Game::new()?).await?, Some("GameCreated")),
        Event::GuessSubmitted { id, guess } => {
            if guess > 10 {
                return Err(Error::new("InvalidGuess", format!("guess {guess} is out of range; it must be a whole number from 0 to 10")));
            }
            Outcome::of(store.guess(id, guess).await?, None)
        }
        Event::GameInfoRequested { id } => Outcome::of(store.get(id).await?, Some("GameInfoProvided")),
    })
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let store = Store::open().await;
    let store = &store;
    lambda_runtime::run(service_fn(move |event: LambdaEvent<serde_json::Value>| handle(store, event.payload))).await
}
