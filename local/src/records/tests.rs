//! Which record counts as completed last, and how records expire.

use shared::{Caller, Message, lifecycle};

use super::*;
use crate::schema;

fn completed(number: u8, version: Option<&str>) -> TaskRecord {
    let at = |seconds: i64| Timestamp::from_timestamp_micros(seconds * 1_000_000).unwrap();
    let body = br#"{"title":"t","description":"d","priority":"low"}"#;
    let task = shared::Submission::parse(body).unwrap().task().clone();
    let task_id = TaskId::fresh(at(0), &[number; 10]);
    let message = Message::new(task_id, 0, at(0), at(0), Caller::local(), None, task);
    lifecycle::complete_by(&lifecycle::accept(&message), version, Ok(None), at(number.into()))
}

#[tokio::test]
async fn last_completed_finds_the_last_departure_whatever_the_clock_showed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("records");
    schema::create(&file).unwrap();
    let store = Store::open(&file, |_| Ok(()), |_, _| Ok(())).unwrap();
    let records = SqliteTaskRecords::new(store.clone());
    assert_eq!(records.last_completed().await.unwrap(), None);
    for record in [completed(1, Some("1")), completed(9, Some("2")), completed(3, Some("3"))] {
        records.write(&record, Expected::Absent).await.unwrap();
    }
    assert_eq!(records.last_completed().await.unwrap(), Some(completed(3, Some("3"))));

    let unnumbered = |number: u8| {
        let id = completed(number, None).task_id;
        let forget = "UPDATE records SET departure = NULL WHERE task_id = ?1";
        store.write(Durability::Synced, move |connection| {
            connection.execute(forget, [id.as_bytes().as_slice()]).map(drop)
        })
    };
    unnumbered(9).await.unwrap();
    unnumbered(3).await.unwrap();
    assert_eq!(
        records.last_completed().await.unwrap(),
        Some(completed(1, Some("1"))),
        "records without a departure are older"
    );
    unnumbered(1).await.unwrap();
    assert_eq!(
        records.last_completed().await.unwrap(),
        Some(completed(9, Some("2"))),
        "without departures the time decides"
    );
}

#[tokio::test]
async fn expired_records_are_deleted_in_several_commits() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("records");
    schema::create(&file).unwrap();
    let store = Store::open(&file, |_| Ok(()), |_, _| Ok(())).unwrap();
    let fill = "WITH RECURSIVE numbers (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM numbers WHERE n < 1000)
                INSERT INTO records (task_id, revision, status, expires_at, record)
                SELECT n, 0, 'completed', n, '' FROM numbers";
    store.write(Durability::Synced, move |connection| connection.execute(fill, [])).await.unwrap();
    let commits = store.commits();
    let before = *commits.borrow();
    let now = Timestamp::from_timestamp_micros(900).unwrap();
    SqliteTaskRecords::new(store.clone()).delete_expired(now).await.unwrap();
    let count = "SELECT count(*) FROM records";
    let kept: u32 = store.read(|connection| connection.query_row(count, [], |row| row.get(0))).await.unwrap();
    assert_eq!(kept, 100);
    assert_eq!(*commits.borrow() - before, 900_u64.div_ceil(EXPIRED_PER_WRITE.into()));
}
