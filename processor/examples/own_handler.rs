//! The handler of docs/handlers.md.

use std::process::ExitCode;

use futures_util::future::{BoxFuture, FutureExt};
use processor::{Completed, Handler, HandlerFailure, Outcome, Run};

struct Payments;

impl Handler for Payments {
    fn handle(&self, run: Run) -> BoxFuture<'_, Outcome> {
        async move {
            let Ok(cents) = run.task.description().parse::<u64>() else {
                return Err(HandlerFailure::Permanent {
                    code: "no_amount".to_owned(),
                    message: "the description must be an amount in cents".to_owned(),
                });
            };
            // The task id is the idempotency key of the payment: a second attempt must not pay again.
            pay(&run.task_id.to_string(), cents).await.map_err(|message| HandlerFailure::Transient {
                code: "bank_unavailable".to_owned(),
                message,
                retry_after: None,
            })?;
            Ok(Completed::default())
        }
        .boxed()
    }
}

/// Calls your bank.
async fn pay(_idempotency_key: &str, _cents: u64) -> Result<(), String> {
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    processor::lambda::run(|_, _, _| Ok(Payments.into())).await
}
