//! Games in the memory of the process, as in the seed.

use crate::game::{Error, Game, Status};
use std::{collections::HashMap, sync::Mutex};
use uuid::Uuid;

#[derive(Default)]
pub struct Store(Mutex<HashMap<Uuid, Game>>);

impl Store {
    pub async fn open() -> Store {
        Store::default()
    }

    pub async fn create(&self, game: Game) -> Result<Game, Error> {
        self.0.lock().unwrap().insert(game.id, game.clone());
        Ok(game)
    }

    pub async fn guess(&self, id: Uuid, guess: u8) -> Result<Game, Error> {
        let mut games = self.0.lock().unwrap();
        let game = games.get_mut(&id).ok_or_else(|| Error::not_found(id))?;
        if game.status() != Status::Ongoing {
            return Err(Error::finished());
        }
        game.guesses.push(guess);
        Ok(game.clone())
    }

    pub async fn get(&self, id: Uuid) -> Result<Game, Error> {
        self.0.lock().unwrap().get(&id).cloned().ok_or_else(|| Error::not_found(id))
    }
}
