//! The page behind a link of the self-test: who opens it is anybody, and learns that he has reached the relay.

use axum::{
    http::{HeaderMap, StatusCode},
    response::Response,
};

use super::{
    shell::{Again, Page, brand, state},
    words::Words,
};
use crate::{app::App, refusal::Refusal};

/// What the page says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reached {
    /// The relay is reached, and has noted it.
    Yes,
    /// The link is wrong or too old.
    Unknown,
    /// Too many wrong links.
    TooMany,
}

/// Says how it went, in the browser's language.
pub(crate) async fn reached(app: &App, headers: &HeaderMap, how: Reached) -> Result<Response, Refusal> {
    let words = Words::of(headers);
    let (status, class, sentence) = match how {
        Reached::Yes => (StatusCode::OK, "waiting", words.reach_yes),
        Reached::Unknown => (StatusCode::NOT_FOUND, "unknown", words.reach_unknown),
        Reached::TooMany => (StatusCode::TOO_MANY_REQUESTS, "unknown", words.reach_too_many),
    };
    let brand = brand(app).await?;
    let body = format!("<h1>{}</h1>{}", words.title, state(sentence));
    Ok(Page { words, brand: &brand, status, class, again: Again::Never, body }.answer())
}
