//! What it means if Lambda did not run the function.
//!
//! The names of the errors: <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>. Nearly all of them say
//! nothing about the task, so the line waits until somebody has removed the cause.

use std::time::Duration;

use crate::handler::HandlerFailure;

/// Lambda's answer, by its HTTP status and the name of the error.
pub(super) fn refused(status: u16, error: &str, retry_after: Option<Duration>) -> HandlerFailure {
    let unavailable = |code: &str, message: &str| HandlerFailure::Unavailable {
        code: code.to_owned(),
        message: message.to_owned(),
        retry_after,
    };
    match (error, status) {
        (
            "InvalidRequestContentException"
            | "RequestTooLargeException"
            | "SerializedRequestEntityTooLargeException"
            | "UnsupportedMediaTypeException",
            _,
        )
        | (_, 413) => HandlerFailure::Permanent {
            code: "task_refused".to_owned(),
            message: "Lambda does not accept the task as a function's input".to_owned(),
        },
        ("TooManyRequestsException" | "EC2ThrottledException", _) | (_, 429) => {
            unavailable("throttled", "Lambda throttles the function")
        }
        ("ResourceNotFoundException", _) => {
            unavailable("function_not_found", "the function, or its alias or version, does not exist")
        }
        ("ResourceConflictException" | "ResourceNotReadyException" | "SnapStartNotReadyException", _)
        | ("CodeArtifactUserPendingException", _) => {
            unavailable("function_not_ready", "the function can't be invoked yet")
        }
        _ if error.starts_with("KMS") => {
            unavailable("key_unavailable", "Lambda can't use the function's KMS key")
        }
        _ if is_of_the_network(error) => {
            unavailable("network_unavailable", "Lambda can't attach the function to its VPC")
        }
        _ if error.starts_with("EFS") || error.starts_with("S3Files") => {
            unavailable("file_system_unavailable", "Lambda can't mount the function's file system")
        }
        _ if is_of_the_package(error) => {
            unavailable("function_invalid", "Lambda can't start the function as it is deployed")
        }
        (
            "ExpiredTokenException"
            | "IncompleteSignatureException"
            | "InvalidSignatureException"
            | "MissingAuthenticationTokenException"
            | "UnrecognizedClientException",
            _,
        ) => unavailable("credentials_refused", "AWS does not accept the pipeline's credentials"),
        (_, 401 | 403) => {
            unavailable("access_denied", "the pipeline has no permission to invoke the function")
        }
        (_, 500..) => unavailable("service_error", "Lambda failed to invoke the function"),
        _ => unavailable("invocation_refused", "Lambda refused to invoke the function"),
    }
}

pub(super) fn not_sent() -> HandlerFailure {
    HandlerFailure::Unavailable {
        code: "unreachable".to_owned(),
        message: "Lambda could not be reached".to_owned(),
        retry_after: None,
    }
}

pub(super) fn broken() -> HandlerFailure {
    HandlerFailure::Transient {
        code: "connection_closed".to_owned(),
        message: "the connection broke before the function's answer; the function may have run".to_owned(),
        retry_after: None,
    }
}

fn is_of_the_network(error: &str) -> bool {
    error.starts_with("EC2")
        || error.starts_with("ENI")
        || matches!(
            error,
            "InvalidSecurityGroupIDException"
                | "InvalidSubnetIDException"
                | "SubnetIPAddressLimitReachedException"
        )
}

fn is_of_the_package(error: &str) -> bool {
    error.starts_with("SnapStart")
        || error.starts_with("CodeArtifactUser")
        || matches!(error, "InvalidRuntimeException" | "InvalidZipFileException")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(status: u16, error: &str) -> String {
        match refused(status, error, Some(Duration::from_secs(7))) {
            HandlerFailure::Unavailable { code, retry_after, .. } => {
                assert_eq!(retry_after, Some(Duration::from_secs(7)));
                code
            }
            other => panic!("{error}: {other:?}"),
        }
    }

    #[test]
    fn each_error_of_the_service_has_a_code() {
        for (status, error, expected) in [
            (429, "TooManyRequestsException", "throttled"),
            (429, "", "throttled"),
            (502, "EC2ThrottledException", "throttled"),
            (404, "ResourceNotFoundException", "function_not_found"),
            (409, "ResourceConflictException", "function_not_ready"),
            (502, "ResourceNotReadyException", "function_not_ready"),
            (409, "SnapStartNotReadyException", "function_not_ready"),
            (502, "KMSAccessDeniedException", "key_unavailable"),
            (502, "KMSDisabledException", "key_unavailable"),
            (502, "EC2UnexpectedException", "network_unavailable"),
            (502, "ENILimitReachedException", "network_unavailable"),
            (502, "SubnetIPAddressLimitReachedException", "network_unavailable"),
            (410, "EFSMountFailureException", "file_system_unavailable"),
            (400, "S3FilesMountFailureException", "file_system_unavailable"),
            (400, "CodeArtifactUserFailedException", "function_invalid"),
            (409, "CodeArtifactUserPendingException", "function_not_ready"),
            (502, "InvalidZipFileException", "function_invalid"),
            (400, "SnapStartException", "function_invalid"),
            (403, "AccessDeniedException", "access_denied"),
            (403, "", "access_denied"),
            (403, "UnrecognizedClientException", "credentials_refused"),
            (403, "ExpiredTokenException", "credentials_refused"),
            (500, "ServiceException", "service_error"),
            (503, "", "service_error"),
            (400, "InvalidParameterValueException", "invocation_refused"),
            (400, "RecursiveInvocationException", "invocation_refused"),
            (301, "", "invocation_refused"),
        ] {
            assert_eq!(code(status, error), expected, "{status} {error}");
        }
    }

    #[test]
    fn a_task_that_lambda_does_not_accept_is_given_up() {
        for (status, error) in
            [(413, "RequestTooLargeException"), (413, ""), (400, "InvalidRequestContentException")]
        {
            let failure = refused(status, error, None);
            assert!(matches!(failure, HandlerFailure::Permanent { .. }), "{error}: {failure:?}");
        }
    }
}
