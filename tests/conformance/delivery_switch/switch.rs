//! Pause and resume.

use shared::{
    AuditAction,
    ports::{DeliverySwitch, TaskQueue},
};

use crate::{
    fixture::entry,
    steps::{enqueue, enqueue_all, handle, take},
    under_test::LineUnderTest,
};

pub async fn a_new_line_runs(line: &impl LineUnderTest) {
    assert!(!is_paused(line).await);
}

pub async fn a_paused_line_is_reported_as_paused_until_it_is_resumed(line: &impl LineUnderTest) {
    for _ in 0..3 {
        line.line_as_a_whole().pause(&entry(AuditAction::PauseLine)).await.unwrap();
        assert!(is_paused(line).await);
        line.line_as_a_whole().resume(&entry(AuditAction::ResumeLine)).await.unwrap();
        assert!(!is_paused(line).await);
    }
}

pub async fn a_repeated_pause_changes_nothing(line: &impl LineUnderTest) {
    for _ in 0..2 {
        line.line_as_a_whole().pause(&entry(AuditAction::PauseLine)).await.unwrap();
        assert!(is_paused(line).await);
    }
    line.line_as_a_whole().resume(&entry(AuditAction::ResumeLine)).await.unwrap();
    assert!(!is_paused(line).await);
}

pub async fn a_repeated_resume_changes_nothing(line: &impl LineUnderTest) {
    for _ in 0..2 {
        line.line_as_a_whole().resume(&entry(AuditAction::ResumeLine)).await.unwrap();
        assert!(!is_paused(line).await);
    }
    line.line_as_a_whole().pause(&entry(AuditAction::PauseLine)).await.unwrap();
    assert!(is_paused(line).await);
}

pub async fn a_pause_loses_no_message_and_counts_no_receive(line: &impl LineUnderTest) {
    enqueue(line.line(), "before").await;
    line.line_as_a_whole().pause(&entry(AuditAction::PauseLine)).await.unwrap();
    enqueue(line.line(), "during").await;
    line.pass(2 * line.visibility_seconds()).await;
    line.line_as_a_whole().resume(&entry(AuditAction::ResumeLine)).await.unwrap();
    enqueue(line.line(), "after").await;
    for body in ["before", "during", "after"] {
        let delivery = handle(line.line()).await;
        assert_eq!((delivery.body.as_str(), delivery.receive_count), (body, 1));
    }
}

pub async fn a_message_in_flight_can_be_settled_during_a_pause(line: &impl LineUnderTest) {
    enqueue_all(line.line(), &["a", "b"]).await;
    let first = take(line.line()).await;
    line.line_as_a_whole().pause(&entry(AuditAction::PauseLine)).await.unwrap();
    line.line().delete(&first.receipt).await.unwrap();
    line.line_as_a_whole().resume(&entry(AuditAction::ResumeLine)).await.unwrap();
    assert_eq!(handle(line.line()).await.body, "b");
}

async fn is_paused(line: &impl LineUnderTest) -> bool {
    line.line_as_a_whole().status().await.unwrap().paused
}
