use super::*;

fn json(text: &str) -> Json {
    Json::parse(text, usize::MAX).unwrap()
}

fn found(schema: &str, payload: &str) -> Vec<(String, String)> {
    let violations = Schema::compile(schema).unwrap().violations(Some(&json(payload)));
    violations.into_iter().map(|it| (it.pointer, it.message)).collect()
}

fn one(schema: &str, payload: &str) -> (String, String) {
    let mut violations = found(schema, payload);
    assert_eq!(violations.len(), 1, "{schema} {payload}: {violations:?}");
    violations.remove(0)
}

fn refusal(schema: &str) -> String {
    Schema::compile(schema).map(drop).unwrap_err().to_string()
}

const INVOICE: &str = r##"{
    "type": "object",
    "required": ["invoice", "total"],
    "additionalProperties": false,
    "properties": {
        "invoice": {"type": "integer", "minimum": 1},
        "total": {"type": ["number", "null"]},
        "items": {"type": "array", "maxItems": 2, "items": {"$ref": "#/$defs/item"}}
    },
    "$defs": {"item": {"type": "string", "minLength": 1, "pattern": "^[a-z]+$"}}
}"##;

#[test]
fn a_payload_that_fits_has_no_violation() {
    assert_eq!(found(INVOICE, r#"{"invoice":17,"total":1.10,"items":["a"]}"#), []);
    assert_eq!(found("true", "1"), []);
    assert_eq!(found("{}", "null"), []);
}

#[test]
fn each_violation_points_to_its_place_and_says_what_is_expected() {
    let mut violations =
        found(INVOICE, r#"{"invoice":0.5,"items":["A",7,""],"hunter2":"hunter2","a/b":"hunter2"}"#);
    violations.sort();
    let expected = [
        ("/payload/a~1b", "is not allowed here"),
        ("/payload/hunter2", "is not allowed here"),
        ("/payload/invoice", "must be a whole number"),
        ("/payload/invoice", "must be at least 1"),
        ("/payload/items", "must have at most 2 items"),
        ("/payload/items/0", "must match the pattern ^[a-z]+$"),
        ("/payload/items/1", "must be a string"),
        ("/payload/items/2", "must have at least 1 characters"),
        ("/payload/items/2", "must match the pattern ^[a-z]+$"),
        ("/payload/total", "is required"),
    ];
    assert_eq!(violations, expected.map(|(pointer, message)| (pointer.to_owned(), message.to_owned())));
}

#[test]
fn no_message_quotes_a_value_of_the_payload() {
    for schema in [
        r#"{"type":"integer"}"#,
        r#"{"const":1}"#,
        r#"{"enum":["a",2,null]}"#,
        r#"{"maxLength":3}"#,
        r#"{"pattern":"^a$"}"#,
        r#"{"format":"email"}"#,
        r#"{"not":{}}"#,
        r#"{"anyOf":[{"type":"null"},{"const":1}]}"#,
        r#"{"oneOf":[{"type":"null"},{"const":1}]}"#,
        r#"{"allOf":[{"type":"null"}]}"#,
        r#"{"if":true,"then":{"type":"null"}}"#,
    ] {
        let (pointer, message) = one(schema, r#""hunter2""#);
        assert_eq!(pointer, "/payload", "{schema}");
        assert!(!message.contains("hunter2"), "{schema}: {message}");
    }
    assert_eq!(one(r#"{"enum":["a",2,null]}"#, "1").1, r#"must be one of "a", 2, null"#);
    assert_eq!(one(r#"{"const":{"a":1}}"#, "1").1, r#"must be {"a":1}"#);
    assert_eq!(one(r#"{"anyOf":[{"type":"null"}]}"#, "1").1, "does not fit the schema (anyOf)");
}

#[test]
fn a_task_without_a_payload_breaks_every_schema() {
    for schema in [INVOICE, "true", "{}"] {
        let violations = Schema::compile(schema).unwrap().violations(None);
        assert_eq!(violations, [Violation::new("/payload", "is required for this type")]);
    }
}

#[test]
fn violations_are_bounded_in_number_and_length() {
    let many = format!("[{}]", vec!["\"x\""; 20_000].join(","));
    assert_eq!(found(r#"{"items":{"type":"integer"}}"#, &many).len(), VIOLATIONS_REPORTED_MAX);
    let name = "n".repeat(60_000);
    let long = format!(r#"{{"{name}":1}}"#);
    let options: Vec<_> = (0..10_000).map(|number| number.to_string()).collect();
    for (schema, payload) in [
        (r#"{"additionalProperties":false}"#.to_owned(), long.as_str()),
        (r#"{"additionalProperties":{"type":"null"}}"#.to_owned(), &long),
        (format!(r#"{{"enum":[{}]}}"#, options.join(",")), "null"),
        (format!(r#"{{"const":"{name}"}}"#), "null"),
        (format!(r#"{{"required":["{name}"]}}"#), "{}"),
    ] {
        let (pointer, message) = one(&schema, payload);
        assert!(pointer.len() < 400 && message.len() < 300, "{pointer} {message}");
    }
}

/// Such a pattern takes an engine that backtracks longer than the age of the universe.
#[test]
fn the_time_of_a_pattern_is_linear_in_the_payload() {
    let payload = format!("\"{}!\"", "a".repeat(100_000));
    assert_eq!(one(r#"{"pattern":"^(a+)+$"}"#, &payload).1, "must match the pattern ^(a+)+$");
    assert_eq!(one(r#"{"pattern":"^(a|a)*$"}"#, &payload).1, "must match the pattern ^(a|a)*$");
}

#[test]
fn a_deep_payload_and_a_schema_that_refers_to_itself_are_checked() {
    let tree = r##"{"type":["array","integer"],"items":{"$ref":"#"}}"##;
    let deep = |leaf: &str| format!("{}{leaf}{}", "[".repeat(63), "]".repeat(63));
    assert_eq!(found(tree, &deep("1")), []);
    let (pointer, message) = one(tree, &deep("\"x\""));
    assert_eq!(message, "must be a whole number or an array");
    assert!(pointer.starts_with("/payload/0/0/0"), "{pointer}");
    assert_eq!(found(r##"{"$ref":"#"}"##, "1"), []);
}

#[test]
fn whole_numbers_are_judged_by_their_value_and_a_number_beyond_double_precision_is_refused() {
    let max = r#"{"type":"integer","maximum":18446744073709551615}"#;
    assert_eq!(found(max, "18446744073709551615"), []);
    assert_eq!(found(max, "1.0"), []);
    assert_eq!(found(max, "1e2"), []);
    assert_eq!(one(max, "18446744073709551616").1, "must be at most 18446744073709551615");
    assert_eq!(one(max, "99999999999999999999999").1, "must be at most 18446744073709551615");
    assert_eq!(found(r#"{"multipleOf":0.01}"#, "19.99"), []);
    let (pointer, message) = one("{}", "{\"a\":\n1e400}");
    assert_eq!(pointer, "/payload");
    assert!(message.starts_with("holds a number that is too large to be checked (line 2"), "{message}");
}

#[test]
fn another_draft_is_used_if_the_schema_names_it() {
    let exclusive = r#""minimum":1,"exclusiveMinimum":true}"#;
    let draft_4 = format!(r#"{{"$schema":"http://json-schema.org/draft-04/schema#",{exclusive}"#);
    assert_eq!(one(&draft_4, "1").1, "must be more than 1");
    assert!(refusal(&format!("{{{exclusive}")).contains(" at /exclusiveMinimum: "));
    assert!(refusal(r#"{"$schema":"https://example.com/mine"}"#).contains("$schema"), "an unknown one");
}

#[test]
fn formats_are_checked_and_an_unknown_one_is_refused() {
    assert_eq!(found(r#"{"format":"date-time"}"#, r#""2026-11-27T21:00:00Z""#), []);
    assert_eq!(one(r#"{"format":"date-time"}"#, r#""tomorrow""#).1, "must have the format date-time");
    assert!(refusal(r#"{"format":"e-mail"}"#).contains("e-mail"));
}

#[test]
fn a_reference_that_leaves_the_schema_is_refused_by_name() {
    for reference in
        ["http://example.com/a.json", "https://example.com/a", "file:///etc/passwd", "other.json", "/a"]
    {
        let refused = refusal(&format!(r#"{{"properties":{{"a":{{"$ref":"{reference}"}}}}}}"#));
        assert!(refused.contains("leaves the file") && refused.contains(reference), "{refused}");
    }
    let nowhere = refusal(r##"{"$ref":"#/$defs/missing"}"##);
    assert!(nowhere.contains("/$defs/missing"), "{nowhere}");
}

#[test]
fn a_text_that_is_no_schema_is_refused_with_its_place() {
    assert_eq!(refusal("{"), "is not JSON (line 1, column 1)");
    assert_eq!(refusal(""), "is not JSON (line 1, column 0)");
    assert!(refusal("false").starts_with("is false, so it accepts no payload"));
    for (schema, place) in [
        ("[]", "is not a usable JSON Schema: "),
        ("\"x\"", "is not a usable JSON Schema: "),
        (r#"{"type":"strin"}"#, " at /type: "),
        (r#"{"properties":{"a":{"minimum":"x"}}}"#, " at /properties/a/minimum: "),
        (r#"{"pattern":"("}"#, " at /pattern: "),
        (r#"{"pattern":"(?=a)b"}"#, "back-references"),
        (r#"{"pattern":"(a)\\1"}"#, "back-references"),
    ] {
        let refused = refusal(schema);
        assert!(refused.contains(place) && refused.len() < 600, "{schema}: {refused}");
    }
    let deep = format!("{}true{}", r#"{"not":"#.repeat(200), "}".repeat(200));
    assert!(refusal(&deep).starts_with("is not JSON"), "deeper than the parser's limit");
}
