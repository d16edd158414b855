//! The queues and tables of one case. They are deleted even if the case fails.

use std::{
    collections::BTreeSet,
    panic::{AssertUnwindSafe, resume_unwind},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use aws_config::SdkConfig;
use aws_sdk_dynamodb::{
    operation::create_table::builders::CreateTableFluentBuilder,
    types::{IndexStatus, TableStatus},
};
use aws_sdk_sqs::types::QueueAttributeName;
#[cfg(feature = "account")]
use chrono::{DateTime, Utc};
use futures_util::FutureExt;
use tokio::{
    sync::RwLock,
    time::{Instant, sleep},
};

use crate::{host::Terms, unique::unique};

/// The prefix of the name of everything that a case creates, so that an account can allow that and nothing else.
pub const PREFIX: &str = "taskline-test-";
const POLL_INTERVAL: Duration = Duration::from_millis(250);

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Resource {
    /// Its URL.
    Queue(String),
    /// Its name.
    Table(String),
}

#[cfg(feature = "account")]
impl Resource {
    fn name(&self) -> &str {
        match self {
            Self::Queue(text) | Self::Table(text) => text,
        }
    }
}

/// What the cases of this run created and did not delete yet.
static MADE: Mutex<BTreeSet<Resource>> = Mutex::new(BTreeSet::new());
/// Read-locked by cases that create something, write-locked by the end of the run.
static MAKING: RwLock<()> = RwLock::const_new(());

pub struct Resources {
    pub sqs: aws_sdk_sqs::Client,
    pub dynamodb: aws_sdk_dynamodb::Client,
    terms: &'static Terms,
    own: Mutex<Vec<Resource>>,
}

impl Resources {
    pub fn over(configuration: &SdkConfig, terms: &'static Terms) -> Self {
        Self {
            sqs: aws_sdk_sqs::Client::new(configuration),
            dynamodb: aws_sdk_dynamodb::Client::new(configuration),
            terms,
            own: Mutex::default(),
        }
    }

    /// A FIFO queue with these attributes. Content-based deduplication is off: a send without an explicit dedupe id
    /// must fail.
    pub async fn queue(&self, name: &str, attributes: &[(QueueAttributeName, String)]) -> String {
        let _making = MAKING.read().await;
        let create = self.sqs.create_queue().queue_name(format!("{PREFIX}{}.fifo", unique(name)));
        let create = create.attributes(QueueAttributeName::FifoQueue, "true");
        let create = attributes
            .iter()
            .fold(create, |create, (attribute, value)| create.attributes(attribute.clone(), value));
        let url = create.send().await.unwrap().queue_url.unwrap();
        self.keep(Resource::Queue(url.clone()));
        sleep(self.terms.settling).await;
        url
    }

    /// The table that `describe` describes, once it and its indexes can be used.
    pub async fn table(
        &self,
        describe: impl Fn(CreateTableFluentBuilder) -> CreateTableFluentBuilder,
    ) -> String {
        let _making = MAKING.read().await;
        let name = format!("{PREFIX}{}", unique("records"));
        let give_up_at = Instant::now() + self.terms.deadline;
        let create = async || describe(self.dynamodb.create_table().table_name(&name)).send().await;
        // DynamoDB limits how many tables with indexes it creates at the same time.
        while let Err(error) = create().await {
            let error = error.into_service_error();
            assert!(error.is_limit_exceeded_exception() && Instant::now() < give_up_at, "{error:?}");
            sleep(POLL_INTERVAL).await;
        }
        self.keep(Resource::Table(name.clone()));
        while !self.is_active(&name).await {
            assert!(Instant::now() < give_up_at, "the table {name} is not active yet");
            sleep(POLL_INTERVAL).await;
        }
        name
    }

    /// A table that was just created may not be found yet: its description is eventually consistent.
    async fn is_active(&self, table: &str) -> bool {
        let described = match self.dynamodb.describe_table().table_name(table).send().await {
            Ok(described) => described.table.unwrap(),
            Err(error) => {
                let error = error.into_service_error();
                assert!(error.is_resource_not_found_exception(), "{error:?}");
                return false;
            }
        };
        let indexes = described.global_secondary_indexes();
        described.table_status() == Some(&TableStatus::Active)
            && indexes.iter().all(|index| index.index_status() == Some(&IndexStatus::Active))
    }

    /// The result of `making`. If it panics, what it created until then is deleted.
    pub async fn or_delete<T>(&self, making: impl Future<Output = T>) -> T {
        match AssertUnwindSafe(making).catch_unwind().await {
            Ok(made) => made,
            Err(failure) => {
                report(&self.delete_all().await);
                resume_unwind(failure)
            }
        }
    }

    /// Returns what could not be deleted, and why.
    pub async fn delete_all(&self) -> Vec<String> {
        let own = std::mem::take(&mut *lock(&self.own));
        self.delete_each(own).await
    }

    /// Deletes what every case of this run created. After that none creates anything.
    #[cfg(feature = "account")]
    pub async fn delete_all_of_the_run(&self) -> Vec<String> {
        std::mem::forget(MAKING.write().await);
        let made = lock(&MADE).clone();
        self.delete_each(made).await
    }

    /// What runs before that time created and did not delete.
    #[cfg(feature = "account")]
    pub async fn made_before(&self, time: DateTime<Utc>) -> Vec<Resource> {
        let queues = self.sqs.list_queues().queue_name_prefix(PREFIX).max_results(1_000);
        let queues = queues.into_paginator().items().send().try_collect().await.unwrap();
        let tables = self.dynamodb.list_tables().into_paginator().items().send();
        let tables: Vec<String> = tables.try_collect().await.unwrap();
        let tables = tables.into_iter().filter(|name| name.starts_with(PREFIX)).map(Resource::Table);
        let all = queues.into_iter().map(Resource::Queue).chain(tables);
        all.filter(|resource| made_at(resource.name()).is_some_and(|made_at| made_at < time)).collect()
    }

    pub async fn delete_each(&self, resources: impl IntoIterator<Item = Resource>) -> Vec<String> {
        let mut left = Vec::new();
        for resource in resources {
            match self.delete(&resource).await {
                Ok(()) => drop(lock(&MADE).remove(&resource)),
                Err(error) => left.push(format!("{resource:?}: {error}")),
            }
        }
        left
    }

    async fn delete(&self, resource: &Resource) -> Result<(), String> {
        match resource {
            Resource::Queue(url) => match self.sqs.delete_queue().queue_url(url).send().await {
                Ok(_) => Ok(()),
                Err(error) => match error.into_service_error() {
                    error if error.is_queue_does_not_exist() => Ok(()),
                    error => Err(format!("{error:?}")),
                },
            },
            Resource::Table(name) => self.delete_table(name).await,
        }
    }

    /// A table can't be deleted while it is being created.
    async fn delete_table(&self, name: &str) -> Result<(), String> {
        let give_up_at = Instant::now() + self.terms.lag;
        loop {
            let Err(error) = self.dynamodb.delete_table().table_name(name).send().await else {
                return Ok(());
            };
            match error.into_service_error() {
                error if error.is_resource_not_found_exception() => return Ok(()),
                error if error.is_resource_in_use_exception() && Instant::now() < give_up_at => {}
                error => return Err(format!("{error:?}")),
            }
            sleep(POLL_INTERVAL).await;
        }
    }

    fn keep(&self, resource: Resource) {
        lock(&MADE).insert(resource.clone());
        lock(&self.own).push(resource);
    }
}

/// When something of this name was created: the last part but one of the result of [`unique`].
#[cfg(feature = "account")]
fn made_at(name: &str) -> Option<DateTime<Utc>> {
    let micros = name.rsplit('-').nth(1)?;
    DateTime::from_timestamp_micros(i64::from_str_radix(micros, 16).ok()?)
}

/// Prints what a failure left behind, in addition to the failure.
#[expect(clippy::print_stderr, reason = "printed beside the failure of its test")]
pub fn report(left: &[String]) {
    for each in left {
        eprintln!("left behind: {each}");
    }
}

/// A panic of another case is no reason to leave anything behind.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
