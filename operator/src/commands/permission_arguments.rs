//! The permissions that callers' tokens must have.

use api::{PermissionName, Permissions};
use clap::Args;

/// Two scopes, or two roles.
#[derive(Debug, Args)]
#[group(skip)]
pub struct PermissionArguments {
    /// The scope that a token needs to read [default: tasks/read]
    #[arg(long, value_name = "SCOPE", requires = "jwt_issuer")]
    jwt_read_scope: Option<PermissionName>,
    /// The scope that a token needs to submit or cancel [default: tasks/write]
    #[arg(long, value_name = "SCOPE", requires = "jwt_issuer")]
    jwt_write_scope: Option<PermissionName>,
    /// The role that a token needs to read, where its permissions are in `roles` (Entra ID)
    #[arg(
        long,
        value_name = "ROLE",
        requires = "jwt_issuer",
        requires = "jwt_write_role",
        conflicts_with_all = ["jwt_read_scope", "jwt_write_scope"]
    )]
    jwt_read_role: Option<PermissionName>,
    /// The role that a token needs to submit or cancel
    #[arg(long, value_name = "ROLE", requires = "jwt_read_role")]
    jwt_write_role: Option<PermissionName>,
}

impl From<PermissionArguments> for Permissions {
    fn from(arguments: PermissionArguments) -> Self {
        if let (Some(read), Some(write)) = (arguments.jwt_read_role, arguments.jwt_write_role) {
            return Self::roles(read, write);
        }
        let (read, write) = Self::default_scopes();
        Self::scopes(arguments.jwt_read_scope.unwrap_or(read), arguments.jwt_write_scope.unwrap_or(write))
    }
}
