//! The permissions that a token needs: one to read, one for everything else. The pipeline on one machine checks scopes and
//! roles, the API function checks roles; scopes are checked by API Gateway there.

mod name;
mod claims;

use std::fmt;

use axum::{
    http::{HeaderValue, Method, header},
    response::{IntoResponse, Response},
};

pub use claims::{PermissionClaims, StringOrList};
pub use name::{InvalidPermissionName, PermissionName};

use crate::Problem;

/// The default scopes, as in `infrastructure/lib/auth/permissions.ts`.
const READ: &str = "tasks/read";
const WRITE: &str = "tasks/write";

/// The permissions that requests need, and the claim that holds them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permissions {
    kind: PermissionKind,
    read: PermissionName,
    write: PermissionName,
}

/// Which claim of a token holds its permissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PermissionKind {
    /// `scope` or `scp`.
    Scope,
    /// `roles`: where Entra ID puts the permissions of a client without a user, whose tokens have no `scp`.
    Role,
}

/// The decision on a request by its token's claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// The token has the permission.
    Allowed,
    /// The token does not have it.
    Denied(MissingPermission),
    /// The token is not an access token.
    NotAnAccessToken,
}

/// The permission that a token lacks. As a response it is the 403 of RFC 6750, section 3.1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the token does not have the {kind} {name}")]
pub struct MissingPermission {
    kind: PermissionKind,
    name: PermissionName,
}

impl Permissions {
    /// The default scopes to read and to write.
    pub fn default_scopes() -> (PermissionName, PermissionName) {
        (PermissionName::constant(READ), PermissionName::constant(WRITE))
    }

    /// Requires scopes.
    pub fn scopes(read: PermissionName, write: PermissionName) -> Self {
        Self { kind: PermissionKind::Scope, read, write }
    }

    /// Requires roles.
    pub fn roles(read: PermissionName, write: PermissionName) -> Self {
        Self { kind: PermissionKind::Role, read, write }
    }

    /// Decides on a request with this method by its token's claims.
    pub fn decide(&self, method: &Method, claims: &PermissionClaims) -> Decision {
        let needed = self.needed(method);
        match self.kind {
            PermissionKind::Scope if claims.has_scope(needed) => Decision::Allowed,
            // An identity token has its user's roles too.
            PermissionKind::Role if !claims.are_of_an_access_token() => Decision::NotAnAccessToken,
            PermissionKind::Role if claims.has_role(needed) => Decision::Allowed,
            _ => Decision::Denied(MissingPermission { kind: self.kind, name: needed.clone() }),
        }
    }

    /// The permission that a request with this method needs.
    pub fn needed(&self, method: &Method) -> &PermissionName {
        if method.is_safe() { &self.read } else { &self.write }
    }
}

impl fmt::Display for PermissionKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Scope => "scope",
            Self::Role => "role",
        })
    }
}

impl MissingPermission {
    /// The `WWW-Authenticate` challenge. It names scopes only, because a client can't request a role.
    fn challenge(&self) -> String {
        match self.kind {
            PermissionKind::Scope => {
                format!(r#"Bearer error="insufficient_scope", scope="{}""#, self.name)
            }
            PermissionKind::Role => {
                format!(r#"Bearer error="insufficient_scope", error_description="{self}""#)
            }
        }
    }
}

impl IntoResponse for MissingPermission {
    fn into_response(self) -> Response {
        let mut response = Problem::forbidden(self.to_string()).into_response();
        if let Ok(challenge) = HeaderValue::from_str(&self.challenge()) {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}
