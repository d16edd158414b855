//! Permissions are the same on one machine as on AWS.

use crate::source::read;

/// A string constant of the code.
fn constant(code: &str, name: &str) -> String {
    let rest = code
        .split(&format!("const {name}: &str = \""))
        .nth(1)
        .unwrap_or_else(|| panic!("there is no {name}"));
    rest.split('"').next().unwrap().to_owned()
}

#[test]
fn every_route_needs_the_permission_that_its_method_needs_on_one_machine() {
    let routes = read("infrastructure/lib/task-api.ts");
    let lines: Vec<&str> = routes.lines().filter(|line| line.contains("method: HttpMethod.")).collect();
    assert!(lines.len() >= 4, "the routes are gone");
    for line in lines {
        let access = if line.contains("HttpMethod.GET") { "read" } else { "write" };
        assert!(line.contains(&format!("access: '{access}'")), "{line}");
    }
}

#[test]
fn the_default_scopes_equal_those_of_the_local_pipeline() {
    let (local, stacks) = (read("api/src/permission/mod.rs"), read("infrastructure/lib/auth/permissions.ts"));
    let (scope, other) = (constant(&local, "READ"), constant(&local, "WRITE"));
    let wanted = format!("defaultScopes = {{ read: '{scope}', write: '{other}' }}");
    assert!(stacks.contains(&wanted), "{wanted}");
}
