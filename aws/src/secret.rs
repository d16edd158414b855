//! Reads a secret from Secrets Manager, once, at the start of a function.

use aws_sdk_secretsmanager::Client;
use shared::ports::PortError;

use crate::port_error::port_error;

const SECRET: &str = "the secret";

/// The value of the secret is binary.
#[derive(Debug, thiserror::Error)]
#[error("its value is binary: store it as text (SecretString)")]
struct BinarySecret;

pub async fn read(client: &Client, arn: &str) -> Result<String, PortError> {
    let value = client.get_secret_value().secret_id(arn).send().await;
    let value = value.map_err(|error| port_error(SECRET, error))?;
    value.secret_string.ok_or_else(|| PortError::unavailable(SECRET, BinarySecret))
}
