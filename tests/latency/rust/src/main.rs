//! The guessing game as a Lambda function in Rust, for `make latency` to compare with the one in Go. Games are in memory, or with
//! the feature `dynamodb` in the table TABLE_NAME. With the feature `observed` it logs, counts and traces as the Go function does.

mod game;
#[cfg(feature = "observed")]
#[path = "observed.rs"]
mod serve;
#[cfg(not(feature = "observed"))]
#[path = "bare.rs"]
mod serve;
#[cfg(feature = "dynamodb")]
#[path = "dynamodb.rs"]
mod store;
#[cfg(not(feature = "dynamodb"))]
#[path = "memory.rs"]
mod store;

use game::{Error, Event, Game, Outcome};
use store::Store;

fn decode(payload: serde_json::Value) -> Result<Event, Error> {
    serde_json::from_value(payload).map_err(|e| Error::new("InvalidEvent", e.to_string()))
}

async fn play(store: &Store, event: Event) -> Result<Outcome, Error> {
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
    serve::run().await
}
