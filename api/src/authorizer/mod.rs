//! The caller of the API function, from the authorizer of API Gateway.

mod error;
mod iam;
mod jwt;

use axum::extract::Request;
use lambda_http::{RequestExt, request::RequestContext};
use shared::{
    Caller,
    setting::{InvalidSetting, Lookup},
};

use crate::permission::{PermissionName, Permissions};

pub use error::AuthorizationError;

const KIND: &str = "API_AUTHORIZER";
const READ_ROLE: &str = "JWT_READ_ROLE";
const WRITE_ROLE: &str = "JWT_WRITE_ROLE";

/// The kind of authorizer that the stack configured. A request from another kind is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Authorizer {
    /// A JWT authorizer, which has checked the token and its scope.
    Scopes,
    /// A JWT authorizer, which has checked the token. The roles are checked here.
    Roles(Permissions),
    /// IAM, which has checked the signature and the principal's policies.
    Iam,
}

impl Authorizer {
    /// Reads `API_AUTHORIZER`, `JWT_READ_ROLE` and `JWT_WRITE_ROLE`.
    ///
    /// # Errors
    /// [`InvalidSetting`], also when a role is set that has no effect.
    pub fn read(lookup: Lookup<'_>) -> Result<Self, InvalidSetting> {
        let role = |name: &'static str| {
            let role = lookup(name).map(|text| text.parse::<PermissionName>());
            role.transpose().map_err(|error| InvalidSetting::new(name, error))
        };
        let is_iam = match lookup(KIND).as_deref() {
            None | Some("jwt") => false,
            Some("iam") => true,
            Some(_) => return Err(InvalidSetting::new(KIND, "must be jwt or iam")),
        };
        match (is_iam, role(READ_ROLE)?, role(WRITE_ROLE)?) {
            (false, None, None) => Ok(Self::Scopes),
            (true, None, None) => Ok(Self::Iam),
            (false, Some(read), Some(write)) => Ok(Self::Roles(Permissions::roles(read, write))),
            (false, Some(_), None) => Err(alone(READ_ROLE, WRITE_ROLE)),
            (false, None, Some(_)) => Err(alone(WRITE_ROLE, READ_ROLE)),
            (true, Some(_), _) => Err(unread(READ_ROLE)),
            (true, None, Some(_)) => Err(unread(WRITE_ROLE)),
        }
    }

    /// The caller of a request that API Gateway authorized.
    ///
    /// # Errors
    /// [`AuthorizationError`] when the authorizer names no usable caller, or the caller lacks the role.
    pub fn caller(&self, request: &Request) -> Result<Caller, AuthorizationError> {
        let Some(RequestContext::ApiGatewayV2(context)) = request.request_context_ref() else {
            return Err(AuthorizationError::Unidentified("the request did not come from an HTTP API"));
        };
        let authorizer = context.authorizer.as_ref();
        let jwt =
            || authorizer.and_then(|it| it.jwt.as_ref()).ok_or(AuthorizationError::Unidentified(jwt::NONE));
        match self {
            Self::Scopes => jwt::subject(&jwt()?.claims),
            Self::Roles(permissions) => {
                let claims = &jwt()?.claims;
                let caller = jwt::subject(claims)?;
                jwt::check_role(permissions, request, claims)?;
                Ok(caller)
            }
            Self::Iam => iam::principal(authorizer.and_then(|it| it.iam.as_ref())),
        }
    }
}

fn alone(name: &'static str, other: &'static str) -> InvalidSetting {
    InvalidSetting::new(name, format!("needs {other}: set both, or neither"))
}

fn unread(name: &'static str) -> InvalidSetting {
    InvalidSetting::new(name, format!("does nothing with {KIND}=iam: unset it"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Authorizer, String> {
        let lookup =
            |name: &str| variables.iter().find(|(it, _)| *it == name).map(|(_, value)| (*value).to_owned());
        Authorizer::read(&lookup).map_err(|error| error.to_string())
    }

    #[test]
    fn tokens_with_scopes_are_the_default() {
        assert_eq!(read(&[]), Ok(Authorizer::Scopes));
        assert_eq!(read(&[(KIND, "jwt")]), Ok(Authorizer::Scopes));
        assert_eq!(read(&[(KIND, "iam")]), Ok(Authorizer::Iam));
        let roles = Permissions::roles("R".parse().unwrap(), "W".parse().unwrap());
        assert_eq!(read(&[(READ_ROLE, "R"), (WRITE_ROLE, "W")]), Ok(Authorizer::Roles(roles)));
    }

    #[test]
    fn an_invalid_setting_or_one_without_effect_is_named() {
        for (variables, problem) in [
            (&[(KIND, "cognito")][..], "API_AUTHORIZER must be jwt or iam"),
            (&[(READ_ROLE, "R")], "JWT_READ_ROLE needs JWT_WRITE_ROLE"),
            (&[(WRITE_ROLE, "W")], "JWT_WRITE_ROLE needs JWT_READ_ROLE"),
            (&[(KIND, "iam"), (READ_ROLE, "R"), (WRITE_ROLE, "W")], "JWT_READ_ROLE does nothing"),
            (&[(KIND, "iam"), (WRITE_ROLE, "W")], "JWT_WRITE_ROLE does nothing"),
            (&[(READ_ROLE, "a b"), (WRITE_ROLE, "W")], "JWT_READ_ROLE is 1 to 64"),
        ] {
            let refused = read(variables).unwrap_err();
            assert!(refused.starts_with(problem), "{refused}");
        }
    }
}
