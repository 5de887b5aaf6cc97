//! Whether the appliance says that it serves: only while a small forward pass succeeds.

use std::sync::Arc;
use std::time::Duration;

use inference::Engine;
use tokio_util::sync::CancellationToken;

const INTERVAL: Duration = Duration::from_secs(10);
const TIME_MAX: Duration = Duration::from_secs(30);

/// Checks now, and goes on checking until `stop`.
pub(super) async fn begin(engine: &Engine, health: &Arc<api::Health>, stop: &CancellationToken) {
    check_once(engine, health).await;
    tokio::spawn(watch(engine.clone(), health.clone(), stop.clone()));
}

/// Checks now and says what came out.
async fn check_once(engine: &Engine, health: &api::Health) {
    let serving = match tokio::time::timeout(TIME_MAX, engine.self_test()).await {
        Ok(Ok(())) => true,
        Ok(Err(inference::Error::OutOfService)) => false,
        Ok(Err(error)) => {
            tracing::error!(%error, "the forward pass of the health check failed");
            false
        }
        Err(_) => {
            tracing::error!("the forward pass of the health check did not end in time");
            false
        }
    };
    health.set(serving).await;
}

/// Checks until `stop`.
async fn watch(engine: Engine, health: Arc<api::Health>, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(INTERVAL) => {}
        }
        // A stop during the check must win: NOT_SERVING stays.
        tokio::select! {
            () = stop.cancelled() => return,
            () = check_once(&engine, &health) => {}
        }
    }
}
