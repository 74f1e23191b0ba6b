//! The rules and the events, as in src/game of the Go version.

use serde::{Deserialize, Serialize};
use std::fmt;

pub const PLACES: usize = 3;

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", deny_unknown_fields)]
pub enum Event {
    GameRequested {},
    GuessSubmitted { id: uuid::Uuid, guess: u8 },
    GameInfoRequested { id: uuid::Uuid },
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Status {
    Ongoing,
    Won,
    Lost,
}

#[derive(Clone)]
pub struct Game {
    pub id: uuid::Uuid,
    pub random_number: u8,
    pub guesses: Vec<u8>,
}

impl Game {
    pub fn new() -> Result<Game, Error> {
        Ok(Game { id: uuid::Uuid::new_v4(), random_number: draw()?, guesses: Vec::with_capacity(PLACES) })
    }

    /// Never stored: it follows from the number and the guesses.
    pub fn status(&self) -> Status {
        if self.guesses.contains(&self.random_number) {
            Status::Won
        } else if self.guesses.len() == PLACES {
            Status::Lost
        } else {
            Status::Ongoing
        }
    }
}

/// Every number from 0 to 10 with the same probability.
fn draw() -> Result<u8, Error> {
    loop {
        let mut byte = [0];
        getrandom::fill(&mut byte).map_err(|e| Error::new("StoreUnavailable", format!("no random number: {e}")))?;
        if byte[0] < 253 {
            return Ok(byte[0] % 11);
        }
    }
}

#[derive(Serialize)]
pub struct Outcome {
    pub kind: &'static str,
    id: uuid::Uuid,
    guesses: [Option<u8>; PLACES],
    random_number: u8,
    status: &'static str,
}

impl Outcome {
    pub fn of(game: Game, ongoing: Option<&'static str>) -> Outcome {
        let status = game.status();
        let (text, finished) = match status {
            Status::Ongoing => ("ongoing", "GuessEvaluated"),
            Status::Won => ("won", "GameWon"),
            Status::Lost => ("lost", "GameLost"),
        };
        let mut guesses = [None; PLACES];
        for (place, guess) in guesses.iter_mut().zip(&game.guesses) {
            *place = Some(*guess);
        }
        Outcome { kind: ongoing.unwrap_or(finished), id: game.id, guesses, random_number: game.random_number, status: text }
    }
}

#[derive(Debug)]
pub struct Error {
    pub name: &'static str,
    pub message: String,
}

impl Error {
    pub fn new(name: &'static str, message: String) -> Error {
        Error { name, message: format!("{name}: {message}") }
    }

    pub fn not_found(id: uuid::Uuid) -> Error {
        Error::new("GameNotFound", format!("no game has the id \"{id}\""))
    }

    pub fn finished() -> Error {
        Error::new("GameAlreadyFinished", "start a new game".into())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

impl From<Error> for lambda_runtime::Diagnostic {
    fn from(e: Error) -> Self {
        lambda_runtime::Diagnostic { error_type: e.name.into(), error_message: e.message }
    }
}
