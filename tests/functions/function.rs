//! Each function with the settings of its stack, and events in the format of AWS.

use harness::{Invoked, RunningFunction, StandIn};

use serde_json::Value;

pub use harness::{
    gateway_event::{post, request},
    queue_event::delivery,
};

/// The settings of both functions.
pub const SETTINGS: [(&str, &str); 4] = [
    ("QUEUE_URL", "http://queue.test/line.fifo"),
    ("MESSAGE_GROUP", "line"),
    ("TABLE_NAME", "records"),
    ("PIPELINE", "dev"),
];
pub const DEAD_LETTERS: (&str, &str) = ("DEAD_LETTER_QUEUE_URL", "http://queue.test/dead-letters.fifo");

pub async fn api(aws: &StandIn) -> RunningFunction {
    start("api", aws.url(), &[]).await
}

pub async fn processor(aws: &StandIn, settings: &[(&str, &str)]) -> RunningFunction {
    start("processor", aws.url(), &[&[DEAD_LETTERS], settings].concat()).await
}

/// The settings of a processor whose handler posts to `receiver`.
pub fn webhook(receiver: &StandIn) -> [(&'static str, &str); 3] {
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    [("TASK_HANDLER", "webhook"), ("WEBHOOK_URL", receiver.url()), ("WEBHOOK_SECRET", secret)]
}

pub async fn start(name: &str, endpoint: &str, settings: &[(&str, &str)]) -> RunningFunction {
    let variables = [&SETTINGS[..], &[("AWS_ENDPOINT_URL", endpoint)], settings].concat();
    RunningFunction::start(name, &variables).await
}

/// The body of a message that the API sent.
pub async fn message() -> String {
    let aws = StandIn::that_succeeds().await;
    answered(api(&aws).await.invoke(post("Water", None)).await);
    aws.asked("SendMessage")[0]["MessageBody"].as_str().unwrap().to_owned()
}

/// The function's answer; it must not have failed.
pub fn answered(invoked: Invoked) -> Value {
    match invoked {
        Invoked::Answered(answer) => answer,
        Invoked::Failed(error) => panic!("the function failed: {error}"),
    }
}

/// The body of the response to a request.
pub fn body(answer: &Value) -> Value {
    serde_json::from_str(answer["body"].as_str().unwrap()).unwrap()
}
