//! Tokens as the documentation of OpenID providers describes them (docs/authentication.md), accepted with the
//! settings that the page names for each provider.

use harness::issuer::Issuer;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    jwt::{call, expires_at},
    taskline::Taskline,
};

const COGNITO: &str = "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_HblcSIjTD";
const AUTH0: &str = "https://tenant.eu.auth0.com/";
const ENTRA: &str = "https://login.microsoftonline.com/8f3c1a2e-0000-4000-8000-000000000001/v2.0";
const ENTRA_1: &str = "https://sts.windows.net/8f3c1a2e-0000-4000-8000-000000000001/";
const OKTA: &str = "https://dev-1.okta.com/oauth2/default";
const KEYCLOAK: &str = "https://id.example/realms/acme";

const GUID: &str = "1f3a4b5c-0000-4000-8000-000000000002";
const SERVICE: &str = "2f3a4b5c-0000-4000-8000-000000000003";

/// The settings of `taskline local` for this provider, and tokens of one client that may read and one that may write.
struct Provider {
    name: &'static str,
    issuer: &'static str,
    audience: &'static str,
    permissions: &'static [&'static str],
    subject: &'static str,
    reads: Value,
    writes: Value,
}

fn providers() -> Vec<Provider> {
    let with_roles = &["--jwt-read-role", "Tasks.Read", "--jwt-write-role", "Tasks.Write"];
    let entra = |more: Value| {
        let mut claims = json!({"aud": GUID, "azp": SERVICE, "oid": SERVICE, "sub": SERVICE, "ver": "2.0"});
        claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        claims
    };
    let entra_1 = |role: &str| {
        json!({"aud": format!("api://{GUID}"), "appid": SERVICE, "oid": SERVICE, "sub": SERVICE, "ver": "1.0",
            "roles": [role]})
    };
    let cognito = |scope: &str| {
        json!({"client_id": "5kek0i61pgkokoob4fsm9fo9it", "sub": "5kek0i61pgkokoob4fsm9fo9it", "token_use": "access",
            "scope": scope, "version": 2})
    };
    let auth0 = |scope: &str| {
        json!({"aud": "https://taskline.example", "azp": "awZfdIir8Y", "sub": "awZfdIir8Y@clients",
            "gty": "client-credentials", "scope": scope})
    };
    let okta = |scope: &str| {
        json!({"ver": 1, "jti": "AT.1", "aud": "api://default", "cid": "0oa1a2b3c4", "sub": "0oa1a2b3c4",
            "scp": [scope]})
    };
    let keycloak = |scope: &str| {
        json!({"typ": "Bearer", "aud": ["taskline", "account"], "azp": "orders", "sub": GUID,
            "scope": format!("profile {scope} email"), "realm_access": {"roles": ["offline_access"]},
            "clientHost": "192.0.2.1", "preferred_username": "service-account-orders"})
    };
    vec![
        Provider {
            name: "Cognito",
            issuer: COGNITO,
            audience: "5kek0i61pgkokoob4fsm9fo9it",
            permissions: &[],
            subject: "5kek0i61pgkokoob4fsm9fo9it",
            reads: cognito("tasks/read"),
            writes: cognito("tasks/write"),
        },
        Provider {
            name: "Auth0",
            issuer: AUTH0,
            audience: "https://taskline.example",
            permissions: &["--jwt-read-scope", "read:tasks", "--jwt-write-scope", "write:tasks"],
            subject: "awZfdIir8Y@clients",
            reads: auth0("read:tasks"),
            writes: auth0("write:tasks"),
        },
        Provider {
            name: "Entra ID, a service",
            issuer: ENTRA,
            audience: GUID,
            permissions: with_roles,
            subject: SERVICE,
            reads: entra(json!({"roles": ["Tasks.Read"]})),
            writes: entra(json!({"roles": ["Tasks.Write"]})),
        },
        Provider {
            name: "Entra ID, a service, tokens of version 1.0",
            issuer: ENTRA_1,
            audience: "api://1f3a4b5c-0000-4000-8000-000000000002",
            permissions: with_roles,
            subject: SERVICE,
            reads: entra_1("Tasks.Read"),
            writes: entra_1("Tasks.Write"),
        },
        Provider {
            name: "Entra ID, a user",
            issuer: ENTRA,
            audience: GUID,
            permissions: &["--jwt-read-scope", "Tasks.Read", "--jwt-write-scope", "Tasks.Write"],
            subject: SERVICE,
            reads: entra(json!({"scp": "Tasks.Read"})),
            writes: entra(json!({"scp": "Tasks.Write"})),
        },
        Provider {
            name: "Okta",
            issuer: OKTA,
            audience: "api://default",
            permissions: &["--jwt-read-scope", "tasks.read", "--jwt-write-scope", "tasks.write"],
            subject: "0oa1a2b3c4",
            reads: okta("tasks.read"),
            writes: okta("tasks.write"),
        },
        Provider {
            name: "Keycloak",
            issuer: KEYCLOAK,
            audience: "taskline",
            permissions: &[],
            subject: GUID,
            reads: keycloak("tasks/read"),
            writes: keycloak("tasks/write"),
        },
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_of_each_documented_provider_grant_exactly_their_scopes() {
    let issuer = Issuer::new();
    for provider in providers() {
        let taskline = Taskline::new();
        let keys = taskline.file("keys.json", &issuer.key_set("k1").to_string());
        let tokens =
            ["--jwt-issuer", provider.issuer, "--jwt-audience", provider.audience, "--jwt-keys", &keys];
        let local = ["local", "--listen", "127.0.0.1:0"];
        let running = taskline.start_with(&[&local[..], &tokens, provider.permissions].concat());
        let token = |mut claims: Value| {
            claims["iss"] = provider.issuer.into();
            claims["exp"] = expires_at().into();
            issuer.token(&json!({"alg": "RS256", "typ": "JWT", "kid": "k1"}), &claims)
        };
        let (reads, writes) = (token(provider.reads), token(provider.writes));
        for (method, path, token, status) in [
            (Method::GET, "/openapi.json", &reads, 200),
            (Method::POST, "/tasks", &reads, 403),
            (Method::GET, "/openapi.json", &writes, 403),
            (Method::POST, "/tasks", &writes, 202),
        ] {
            let answer = call(&running, method.clone(), path, token).await;
            assert_eq!(answer.status(), status, "{}: {method} {path}", provider.name);
            if let Some(location) = answer.headers().get("location") {
                let id = location.to_str().unwrap().rsplit('/').next().unwrap();
                assert_eq!(taskline.status_of(id)["submitted_by"], provider.subject, "{}", provider.name);
            }
        }
    }
}
