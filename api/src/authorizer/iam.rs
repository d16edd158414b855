//! The caller with IAM: the principal that signed the request.

use lambda_http::aws_lambda_events::apigw::ApiGatewayRequestAuthorizerIamDescription as Iam;
use shared::Caller;

use super::AuthorizationError;

const NONE: &str = "the request was not authorized by IAM";
const UNUSABLE: &str = "the signature names no principal that can be used";
const COGNITO: &str = "an identity of a Cognito identity pool can't call here: all of them share one role";

/// The principal, by its ARN.
pub fn principal(iam: Option<&Iam>) -> Result<Caller, AuthorizationError> {
    let iam = iam.ok_or(AuthorizationError::Unidentified(NONE))?;
    // All identities of a pool have the same ARN and would be one caller.
    if iam.cognito_identity.as_ref().is_some_and(|identity| identity.identity_id.is_some()) {
        return Err(AuthorizationError::Unidentified(COGNITO));
    }
    let arn = iam.user_arn.as_deref().ok_or(AuthorizationError::Unidentified(UNUSABLE))?;
    Caller::of_principal(arn).map_err(|_| AuthorizationError::Unidentified(UNUSABLE))
}
