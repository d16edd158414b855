//! A refused task as a page shows it.

use operations::Refused;
use serde::Serialize;

use crate::view::PayloadView;

/// A refused task, with its title if titles may be shown.
#[derive(Debug, Serialize)]
pub struct RefusalView {
    #[serde(flatten)]
    refused: Refused,
    title: Option<String>,
}

impl RefusalView {
    pub fn of(mut refused: Refused, payload: PayloadView) -> Self {
        let title = refused.title.take().filter(|_| payload == PayloadView::Shown);
        Self { refused, title }
    }
}
