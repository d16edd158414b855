//! Who may do what is the same on one machine as on AWS.

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
fn every_route_asks_for_the_scope_that_its_method_asks_for_on_one_machine() {
    let local = read("api/src/permission/mod.rs");
    let routes = read("infrastructure/lib/http-front-door.ts");
    let lines: Vec<&str> = routes.lines().filter(|line| line.contains("method: HttpMethod.")).collect();
    assert!(lines.len() >= 4, "the routes are gone");
    for line in lines {
        let scope = constant(&local, if line.contains("HttpMethod.GET") { "READ" } else { "WRITE" });
        assert!(line.contains(&format!("scope: '{scope}'")), "{line}");
    }
}
