//! The claims of a token that contain its permissions.

use serde::Deserialize;

use super::PermissionName;

/// The claims that a decision needs, of a token with a verified signature.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct PermissionClaims {
    scope: Option<StringOrList>,
    scp: Option<StringOrList>,
    roles: Option<StringOrList>,
    azp: Option<String>,
    appid: Option<String>,
    client_id: Option<String>,
}

/// A claim that providers write as one string or as a list of strings.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum StringOrList {
    /// One string.
    String(String),
    /// A list of strings.
    List(Vec<String>),
}

impl PermissionClaims {
    /// `client_id`: the client that the token was issued to, with some providers.
    pub fn client_id(&self) -> Option<&String> {
        self.client_id.as_ref()
    }

    /// Scopes are a list, or a string in which spaces separate them (RFC 6749, section 3.3).
    pub(super) fn has_scope(&self, name: &PermissionName) -> bool {
        [&self.scope, &self.scp].into_iter().flatten().any(|scopes| match scopes {
            StringOrList::String(scopes) => scopes.split(' ').any(|scope| name.is(scope)),
            StringOrList::List(scopes) => scopes.iter().any(|scope| name.is(scope)),
        })
    }

    /// Each element of the list is one role, whatever its characters: the role `x Tasks.Write` is not two roles.
    pub(super) fn has_role(&self, name: &PermissionName) -> bool {
        match &self.roles {
            Some(StringOrList::List(roles)) => roles.iter().any(|role| name.is(role)),
            Some(StringOrList::String(role)) => name.is(role),
            None => false,
        }
    }

    /// The claims without roles.
    #[cfg(feature = "lambda")]
    pub(crate) fn without_roles(self) -> Self {
        Self { roles: None, ..self }
    }

    /// Whether the claims are of an access token, which names its client: in `azp` (Entra ID 2.0), `appid` (Entra ID 1.0) or `client_id`
    /// (RFC 9068). Identity tokens of Entra ID have none of them:
    /// <https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference>.
    pub(super) fn are_of_an_access_token(&self) -> bool {
        [&self.azp, &self.appid, &self.client_id].into_iter().flatten().any(|client| !client.is_empty())
    }
}
