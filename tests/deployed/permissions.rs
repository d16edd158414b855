//! Each deployed function calls AWS only as its role allows, and its role allows nothing unused; an operator's
//! `taskline` needs only the permissions in docs/operating.md. ministack allows everything, so in every test a
//! gatekeeper checks each call: those of a function by the policies that the stacks gave its role.

use std::collections::BTreeSet;

use axum::http::StatusCode;

use crate::pipeline::with_the_dead_letter_policy;

/// The actions of Lambda under the role: for the event source mapping and for the logs.
const DONE_BY_LAMBDA: [&str; 5] = [
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:ReceiveMessage",
];
#[test]
fn a_role_allows_no_action_that_its_function_does_not_use() {
    with_the_dead_letter_policy(async |pipeline| {
        pipeline.receiver.answer("refused", StatusCode::BAD_REQUEST);
        let refused = pipeline.line.submit("refused").await;
        pipeline.line.until(&refused.task_id, "dead_lettered").await;
        pipeline.receiver.answer("retried", StatusCode::SERVICE_UNAVAILABLE);
        let retried = pipeline.line.submit("retried").await;
        pipeline.line.until(&retried.task_id, "retrying").await;
        pipeline.receiver.answer("retried", StatusCode::OK);
        pipeline.line.until(&retried.task_id, "completed").await;

        pipeline.deployment.account.invoke(pipeline.deployment.output("WatchFunctionName")).await;

        for (function, gatekeeper) in &pipeline.gatekeepers.functions {
            let granted = gatekeeper.granted();
            let needed: BTreeSet<&str> =
                granted.iter().map(|right| right.action.as_str()).chain(DONE_BY_LAMBDA).collect();
            let allowed: BTreeSet<&str> = gatekeeper.policy().actions().into_iter().collect();
            let unused: Vec<_> = allowed.difference(&needed).collect();
            assert_eq!(unused, [&""; 0], "{function}");
        }
    });
}

#[test]
fn the_permissions_in_the_operating_page_are_sufficient_for_an_operator() {
    with_the_dead_letter_policy(async |pipeline| {
        pipeline.receiver.answer("to be discarded", StatusCode::BAD_REQUEST);
        let dead_letter = pipeline.line.submit("to be discarded").await;
        pipeline.line.until(&dead_letter.task_id, "dead_lettered").await;
        for command in [
            &["line", "pause", "--reason", "a test"][..],
            &["line", "status"],
            &["line", "resume", "--reason", "a test"],
            &["dead-letters", "show", &dead_letter.task_id],
            &["dead-letters", "discard", &dead_letter.task_id, "--yes", "--reason", "a test"],
            &["dead-letters", "reconcile"],
        ] {
            let output = pipeline.taskline.run(command);
            assert_eq!(output.code, 0, "{command:?}: {}{}", output.out, output.err);
        }
        let granted = pipeline.gatekeepers.operator.granted();
        for needed in ["dynamodb:Scan", "lambda:UpdateEventSourceMapping", "sqs:DeleteMessage"] {
            assert!(granted.iter().any(|right| right.action == needed), "{needed}: {granted:#?}");
        }
    });
}
