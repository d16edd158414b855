//! The caller behind IAM: the principal that signed the request.

use lambda_http::aws_lambda_events::apigw::ApiGatewayRequestAuthorizerIamDescription as Iam;
use shared::Caller;

use super::Refusal;

const NONE: &str = "the request was not authorized by IAM";
const UNUSABLE: &str = "the signature names no principal that can be used";
const COGNITO: &str = "an identity of a Cognito identity pool can't call here: all of them share one role";

/// The principal, by its ARN.
pub fn principal(iam: Option<&Iam>) -> Result<Caller, Refusal> {
    let iam = iam.ok_or(Refusal::Unidentified(NONE))?;
    // Each is another person, and by its ARN each would be the same caller.
    if iam.cognito_identity.as_ref().is_some_and(|identity| identity.identity_id.is_some()) {
        return Err(Refusal::Unidentified(COGNITO));
    }
    let arn = iam.user_arn.as_deref().ok_or(Refusal::Unidentified(UNUSABLE))?;
    Caller::of_principal(arn).map_err(|_| Refusal::Unidentified(UNUSABLE))
}
