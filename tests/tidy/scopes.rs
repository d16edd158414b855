//! Permissions are the same on one machine as on AWS.

use api::Permissions;
use axum::http::Method;

use crate::source::read;

const ROUTES: &str = "infrastructure/lib/task-api.ts";
const SCOPES: &str = "infrastructure/lib/auth/permissions.ts";

#[test]
fn every_route_needs_the_permission_that_its_method_needs_on_one_machine() {
    let (read_scope, write_scope) = Permissions::default_scopes();
    let permissions = Permissions::scopes(read_scope.clone(), write_scope);
    let routes = read(ROUTES);
    let methods: Vec<(&str, &str)> = routes
        .lines()
        .filter_map(|line| Some((line, line.split("method: HttpMethod.").nth(1)?.split(',').next()?)))
        .collect();
    assert!(methods.len() >= 4, "{ROUTES} has only {} routes", methods.len());
    for (line, method) in methods {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let access = if *permissions.needed(&method) == read_scope { "read" } else { "write" };
        assert!(line.contains(&format!("access: '{access}'")), "{ROUTES}: {line}");
    }
}

#[test]
fn the_default_scopes_equal_those_of_the_local_pipeline() {
    let (read_scope, write_scope) = Permissions::default_scopes();
    let wanted = format!("defaultScopes = {{ read: '{read_scope}', write: '{write_scope}' }}");
    assert!(read(SCOPES).contains(&wanted), "{SCOPES} does not contain {wanted}");
}
