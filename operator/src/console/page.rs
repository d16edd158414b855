//! The files of the page, embedded in the program.

use axum::{Router, http::header, response::IntoResponse, routing::get};

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SVG: &str = "image/svg+xml";
const SCRIPT: &str = "text/javascript; charset=utf-8";

macro_rules! files {
    ($($path:literal $content_type:ident $file:literal),* $(,)?) => {
        [$(($path, $content_type, include_str!(concat!("page/", $file)))),*]
    };
}

const FILES: [(&str, &str, &str); 26] = files![
    "/" HTML "index.html",
    "/style.css" CSS "style.css",
    "/icon.svg" SVG "icon.svg",
    "/main.js" SCRIPT "main.js",
    "/server.js" SCRIPT "server.js",
    "/live.js" SCRIPT "live.js",
    "/element.js" SCRIPT "element.js",
    "/words.js" SCRIPT "words.js",
    "/line.js" SCRIPT "line.js",
    "/plot.js" SCRIPT "plot.js",
    "/causes.js" SCRIPT "causes.js",
    "/dead-letters.js" SCRIPT "dead-letters.js",
    "/task.js" SCRIPT "task.js",
    "/timeline.js" SCRIPT "timeline.js",
    "/confirm.js" SCRIPT "confirm.js",
    "/connection.js" SCRIPT "connection.js",
    "/dialog.js" SCRIPT "dialog.js",
    "/edit.js" SCRIPT "edit.js",
    "/filter.js" SCRIPT "filter.js",
    "/lost-answer.js" SCRIPT "lost-answer.js",
    "/options.js" SCRIPT "options.js",
    "/question.js" SCRIPT "question.js",
    "/run.js" SCRIPT "run.js",
    "/settle.js" SCRIPT "settle.js",
    "/verbs.js" SCRIPT "verbs.js",
    "/findings.js" SCRIPT "findings.js",
];

/// Serves the files. They contain no secret and need no token.
pub fn files() -> Router {
    FILES.into_iter().fold(Router::new(), |router, (path, content_type, text)| {
        let file = move || async move { ([(header::CONTENT_TYPE, content_type)], text).into_response() };
        router.route(path, get(file))
    })
}
