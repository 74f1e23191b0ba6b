//! The game and nothing else.

use crate::{decode, play, store::Store};
use lambda_runtime::{service_fn, LambdaEvent};

pub async fn run() -> Result<(), lambda_runtime::Error> {
    let store = Store::open().await;
    let store = &store;
    lambda_runtime::run(service_fn(move |event: LambdaEvent<serde_json::Value>| async move { play(store, decode(event.payload)?).await })).await
}
