//! Makes a task of a valid request: cleans its texts and validates them again, since cleaning can empty or lengthen them.

use chrono::Timelike;

use crate::{
    Task, TaskRequest, ValidRequest, Violation,
    due_date::without_leap_second,
    text::{TextKind, clean},
    validate::{broken_rules, sort_by_field},
    visible::is_visible,
};

/// Cleans the texts of a request. Nothing else makes a [`Task`]; [`crate::Submission::parse`] is the usual way here.
///
/// # Errors
/// The rules that the cleaned texts break.
pub fn sanitise(request: ValidRequest) -> Result<Task, Vec<Violation>> {
    let TaskRequest { title, description, priority, due_date, task_type, payload } = request.into_request();
    let mut violations = Vec::new();
    let mut clean_or_note = |pointer: &str, text: &str, kind| {
        clean_to_something(text, kind).unwrap_or_else(|message| {
            violations.push(Violation::new(pointer, message));
            // A valid replacement for the refused text, so that the other text is validated too.
            "-".to_owned()
        })
    };
    let title = clean_or_note("/title", &title, TextKind::Line);
    let description = clean_or_note("/description", &description, TextKind::Block);
    let due_date = due_date.map(without_leap_second);
    let cleaned = TaskRequest { title, description, priority, due_date, task_type, payload };
    violations.extend(broken_rules(&cleaned));
    if !violations.is_empty() {
        sort_by_field(&mut violations);
        return Err(violations);
    }
    let TaskRequest { title, description, priority, due_date, task_type, payload } = cleaned;
    Ok(Task::from_clean_parts(title, description, priority, due_date, task_type, payload))
}

fn clean_to_something(text: &str, kind: TextKind) -> Result<String, String> {
    let cleaned = clean(text, kind).map_err(|error| error.to_string())?;
    if !cleaned.contains(is_visible) {
        return Err("has nothing visible in it once markup and control characters are removed".to_owned());
    }
    Ok(cleaned)
}

/// JSON pointers to the members of `sent` that differ in `task`, which was made of it.
pub(crate) fn sanitised(sent: &TaskRequest, task: &Task) -> Vec<&'static str> {
    let members = [
        ("/title", sent.title != task.title()),
        ("/description", sent.description != task.description()),
        (
            "/due_date",
            sent.due_date.map(|date| date.nanosecond()) != task.due_date().map(|date| date.nanosecond()),
        ),
    ];
    members.into_iter().filter(|&(_, is_changed)| is_changed).map(|(pointer, _)| pointer).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        limits::{DESCRIPTION_CHARACTERS_MAX, TITLE_CHARACTERS_MAX},
        validate,
    };

    fn request(title: &str, description: &str) -> ValidRequest {
        let due_date = "2026-01-31T09:00:00+01:00";
        let body = serde_json::json!({
            "title": title, "description": description, "priority": "high", "due_date": due_date,
        });
        validate(body.to_string().as_bytes()).unwrap()
    }

    fn refused(title: &str, description: &str) -> Vec<(String, String)> {
        let violations = sanitise(request(title, description)).unwrap_err();
        violations.into_iter().map(|violation| (violation.pointer, violation.message)).collect()
    }

    const NOTHING_LEFT: &str = "has nothing visible in it once markup and control characters are removed";

    #[test]
    fn a_task_has_the_cleaned_texts_and_the_other_members_as_sent() {
        let sent = request(" Review\nR&amp;D <b>now</b>", "a < b\r\n\tc");
        let (priority, due_date) = (sent.as_request().priority, sent.as_request().due_date);
        let task = sanitise(sent).unwrap();
        assert_eq!(task.title(), "Review R&D now");
        assert_eq!(task.description(), "a < b\n\tc");
        assert_eq!((task.priority(), task.due_date()), (priority, due_date));
    }

    #[test]
    fn a_task_is_never_due_in_a_leap_second() {
        let body = |due_date: &str| {
            format!(r#"{{"title":"t","description":"d","priority":"low","due_date":"{due_date}"}}"#)
        };
        let sent = validate(body("2016-12-31T15:59:60.5-08:00").as_bytes()).unwrap();
        let task = sanitise(sent).unwrap();
        assert_eq!(task.due_date().unwrap().to_rfc3339(), "2016-12-31T15:59:59.500-08:00");
        let kept: Task = serde_json::from_str(&body("2016-12-31T15:59:60.500-08:00")).unwrap();
        assert_eq!(kept, task, "as an earlier version kept it");
    }

    #[test]
    fn a_lone_script_element_is_refused_as_empty() {
        for nothing in
            ["<script>alert(1)</script>", " \t\n ", "<b></b>", "\u{1}", "&nbsp;", "&lt;p&gt;", "<p><br></p>"]
        {
            assert_eq!(
                refused(nothing, "d"),
                [("/title".to_owned(), NOTHING_LEFT.to_owned())],
                "{nothing:?}"
            );
        }
    }

    #[test]
    fn a_text_without_a_visible_character_is_refused() {
        for nothing in [
            "\u{3164}",
            "&#x3164;",
            "\u{2800} \u{2800}",
            "\u{200B}\u{FE0F}\u{E0041}",
            "<b>\u{AD}</b>\u{115F}",
            "\u{FEFF}\u{34F}\u{2063}",
        ] {
            let expected = ["/title", "/description"].map(|name| (name.to_owned(), NOTHING_LEFT.to_owned()));
            assert_eq!(refused(nothing, nothing), expected, "{nothing:?}");
            let seen = format!("{nothing}x");
            assert!(sanitise(request(&seen, &seen)).is_ok(), "{seen:?}");
        }
    }

    #[test]
    fn the_members_that_cleaning_changed_are_named() {
        let named = |title: &str, description: &str| {
            let sent = request(title, description);
            sanitised(&sent.as_request().clone(), &sanitise(sent).unwrap())
        };
        assert_eq!(named("a < b & c", "d\n\te"), [""; 0]);
        assert_eq!(named("<b>a</b>", "d"), ["/title"]);
        assert_eq!(named("a", "d\r\ne"), ["/description"]);
        assert_eq!(named("a ", "e\u{301}"), ["/title", "/description"]);
        let leap = br#"{"title":"a","description":"b","priority":"low","due_date":"2016-12-31T23:59:60Z"}"#;
        let sent = validate(leap).unwrap();
        assert_eq!(sanitised(&sent.as_request().clone(), &sanitise(sent).unwrap()), ["/due_date"]);
    }

    #[test]
    fn both_texts_are_validated_at_once() {
        let deep = format!("&{}lt;", "#38;".repeat(20));
        for (title, description, expected) in [
            ("<i>", "<b>", [("/title", NOTHING_LEFT), ("/description", NOTHING_LEFT)]),
            (
                &deep,
                "&#xFFFE;",
                [
                    ("/title", "holds markup or entities nested too deeply"),
                    ("/description", "must not hold U+FFFE"),
                ],
            ),
        ] {
            let expected = expected.map(|(pointer, message)| (pointer.to_owned(), message.to_owned()));
            assert_eq!(refused(title, description), expected);
        }
    }

    #[test]
    fn noncharacters_from_entities_are_refused() {
        for (text, message) in [
            ("a&#xFFFE;b", "must not hold U+FFFE"),
            ("a&amp;#x10FFFF;b", "must not hold U+10FFFF"),
            ("a&#64976;b", "must not hold U+FDD0"),
        ] {
            assert_eq!(refused(text, "d"), [("/title".to_owned(), message.to_owned())], "{text}");
        }
        assert_eq!(sanitise(request("a&#0;b", "d")).unwrap().title(), "a\u{FFFD}b");
    }

    #[test]
    fn a_text_that_cleaning_lengthens_is_validated_by_its_new_length() {
        // NFC takes U+0958 apart into two characters.
        let title = "\u{958}".repeat(TITLE_CHARACTERS_MAX);
        let description = "<b".repeat(DESCRIPTION_CHARACTERS_MAX / 2);
        let expected = [
            ("/title".to_owned(), "must be 1 to 200 characters, has 400".to_owned()),
            ("/description".to_owned(), "must be 1 to 10000 characters, has 15000".to_owned()),
        ];
        assert_eq!(refused(&title, &description), expected);
    }
}
