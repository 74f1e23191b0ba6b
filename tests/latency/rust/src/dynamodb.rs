//! Games in DynamoDB: one request for each event, as in src/store of the Go version.

use crate::game::{Error, Game};
use aws_sdk_dynamodb::{
    error::SdkError,
    operation::update_item::UpdateItemError,
    types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure},
    Client,
};
use std::{
    collections::HashMap,
    time::{SystemTime, UNIX_EPOCH},
};
use uuid::Uuid;

pub struct Store {
    client: Client,
    table: String,
}

type Item = HashMap<String, AttributeValue>;

fn number(n: impl ToString) -> AttributeValue {
    AttributeValue::N(n.to_string())
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

fn unavailable(cause: impl std::fmt::Debug) -> Error {
    eprintln!("{cause:?}");
    Error::new("StoreUnavailable", "the games cannot be reached at the moment; try again in a few seconds".into())
}

fn game(id: Uuid, item: &Item) -> Result<Game, Error> {
    let read = |v: &AttributeValue| v.as_n().ok().and_then(|n| n.parse().ok());
    let random_number = item.get("random_number").and_then(read).ok_or_else(|| unavailable("no number"))?;
    let guesses = item.get("guesses").and_then(|v| v.as_l().ok()).ok_or_else(|| unavailable("no guesses"))?;
    Ok(Game { id, random_number, guesses: guesses.iter().filter_map(read).collect() })
}

impl Store {
    pub async fn open() -> Store {
        let config = aws_config::load_defaults(aws_config::BehaviorVersion::latest()).await;
        Store { client: Client::new(&config), table: std::env::var("TABLE_NAME").expect("TABLE_NAME is not set") }
    }

    pub async fn create(&self, game: Game) -> Result<Game, Error> {
        let put = self.client.put_item().table_name(&self.table);
        put.item("id", AttributeValue::S(game.id.to_string()))
            .item("schema_version", number(1))
            .item("random_number", number(game.random_number))
            .item("guesses", AttributeValue::L(vec![]))
            .item("created_at", number(now()))
            .item("expires_at", number(now() + 7 * 24 * 3600))
            .item("idem", AttributeValue::M(Item::new()))
            .condition_expression("attribute_not_exists(id)")
            .send()
            .await
            .map_err(unavailable)?;
        Ok(game)
    }

    pub async fn guess(&self, id: Uuid, guess: u8) -> Result<Game, Error> {
        let answer = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("id", AttributeValue::S(id.to_string()))
            .update_expression("SET guesses = list_append(guesses, :guess)")
            .condition_expression("attribute_exists(random_number) AND expires_at > :now AND size(guesses) < :places AND NOT contains(guesses, random_number)")
            .expression_attribute_values(":guess", AttributeValue::L(vec![number(guess)]))
            .expression_attribute_values(":now", number(now()))
            .expression_attribute_values(":places", number(crate::game::PLACES))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        match answer {
            Ok(new) => game(id, new.attributes().ok_or_else(|| unavailable("no attributes"))?),
            Err(SdkError::ServiceError(e)) => match e.into_err() {
                UpdateItemError::ConditionalCheckFailedException(e) if e.item().is_some_and(|i| !i.is_empty()) => Err(Error::finished()),
                UpdateItemError::ConditionalCheckFailedException(_) => Err(Error::not_found(id)),
                e => Err(unavailable(e)),
            },
            Err(e) => Err(unavailable(e)),
        }
    }

    pub async fn get(&self, id: Uuid) -> Result<Game, Error> {
        let get = self.client.get_item().table_name(&self.table).key("id", AttributeValue::S(id.to_string())).consistent_read(true);
        let answer = get.send().await.map_err(unavailable)?;
        game(id, answer.item().ok_or_else(|| Error::not_found(id))?)
    }
}
