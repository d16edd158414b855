//! Converts the SDK's errors to those of the ports.

use std::{error::Error, fmt::Debug};

use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};
use shared::ports::PortError;

/// The error codes of throttling in SQS, DynamoDB and KMS (their API models).
const THROTTLED: [&str; 8] = [
    "KmsThrottled",
    "KMS.ThrottlingException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
];

/// The error of a call to `what`.
pub(crate) fn port_error<E, R>(what: &'static str, error: SdkError<E, R>) -> PortError
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    R: Debug + Send + Sync + 'static,
{
    match error.as_service_error().and_then(ProvideErrorMetadata::code) {
        Some(code) if THROTTLED.contains(&code) => PortError::Throttled { what },
        _ => PortError::unavailable(what, error),
    }
}

/// Whether SQS reports that a receipt is stale. It has three errors for that: an unknown handle, a message that is not
/// in flight and, on FIFO queues, an invalid parameter with the text "ReceiptHandle ... has expired". The text must be
/// checked because a visibility timeout of more than twelve hours has the same code.
pub(crate) fn is_stale_receipt(error: &impl ProvideErrorMetadata) -> bool {
    match error.code() {
        Some("ReceiptHandleIsInvalid" | "MessageNotInflight") => true,
        Some("InvalidParameterValue" | "InvalidParameterValueException") => {
            let text = error.message().unwrap_or_default().to_lowercase().replace(' ', "");
            text.contains("receipthandle")
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_sqs::error::ErrorMetadata;

    use super::*;

    fn answer(code: &str, message: &str) -> ErrorMetadata {
        ErrorMetadata::builder().code(code).message(message).build()
    }

    fn as_port_error(code: &str) -> PortError {
        port_error("the queue", SdkError::service_error(answer(code, ""), ()))
    }

    #[test]
    fn throttling_is_distinguished_from_an_outage() {
        for code in THROTTLED {
            assert!(matches!(as_port_error(code), PortError::Throttled { what: "the queue" }), "{code}");
        }
        for code in ["InternalError", "AccessDeniedException", "ResourceNotFoundException", ""] {
            assert!(
                matches!(as_port_error(code), PortError::Unavailable { what: "the queue", .. }),
                "{code}"
            );
        }
    }

    #[test]
    fn a_time_out_is_an_outage() {
        let error = SdkError::<ErrorMetadata, ()>::timeout_error("too slow");
        assert!(matches!(port_error("the queue", error), PortError::Unavailable { .. }));
    }

    #[test]
    fn each_error_of_sqs_for_a_stale_receipt_is_recognised() {
        let expired = "Value AQEB for parameter ReceiptHandle is invalid. \
                       Reason: The receipt handle has expired.";
        for (code, message) in [
            ("ReceiptHandleIsInvalid", "The input receipt handle is invalid."),
            ("MessageNotInflight", ""),
            ("InvalidParameterValue", expired),
            ("InvalidParameterValueException", expired),
        ] {
            assert!(is_stale_receipt(&answer(code, message)), "{code}");
        }
    }

    #[test]
    fn a_visibility_timeout_beyond_the_limit_is_no_stale_receipt() {
        let beyond = "Value 43200 for parameter VisibilityTimeout is invalid. \
                      Reason: Total VisibilityTimeout for the message is beyond the limit [43200 seconds]";
        assert!(!is_stale_receipt(&answer("InvalidParameterValue", beyond)));
        assert!(!is_stale_receipt(&answer("AWS.SimpleQueueService.NonExistentQueue", "")));
    }
}
