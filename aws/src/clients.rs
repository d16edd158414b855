//! Creates the clients of the ports.

use aws_config::SdkConfig;
#[cfg(feature = "secrets")]
use shared::ports::PortError;

use crate::{dynamodb_task_records::DynamoDbTaskRecords, sqs_task_queue::SqsTaskQueue};

/// Creates the clients of the ports, which share their connections. A client costs about 0.5 million instructions, most
/// of them for the SDK's table of partitions, which it reads for each service, so each is created only when it is
/// needed.
#[derive(Debug, Clone)]
pub struct Clients(SdkConfig);

impl Clients {
    /// `configuration` starts from `defaults`, or is a function's `Connections::configuration`.
    pub fn over(configuration: &SdkConfig) -> Self {
        Self(configuration.clone())
    }

    /// The FIFO queue at `queue_url`. All tasks share one `message_group`, which is the line.
    pub fn task_queue(&self, queue_url: impl Into<String>, message_group: impl Into<String>) -> SqsTaskQueue {
        SqsTaskQueue::new(&self.0, queue_url.into(), message_group.into())
    }

    pub fn task_records(&self, table: impl Into<String>) -> DynamoDbTaskRecords {
        DynamoDbTaskRecords::new(aws_sdk_dynamodb::Client::new(&self.0), table.into())
    }

    /// The text of a secret in Secrets Manager.
    ///
    /// # Errors
    /// [`PortError`] if it can't be read or is not text.
    #[cfg(feature = "secrets")]
    pub async fn secret(&self, arn: &str) -> Result<String, PortError> {
        crate::secret::read(&aws_sdk_secretsmanager::Client::new(&self.0), arn).await
    }
}
