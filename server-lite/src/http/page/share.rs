//! The page on which a customer shows his screen, or on a telephone his camera, without any program. It takes the
//! helper's part in the call; its script is built in `helper/ui` and served as a file of the relay's own.
//!
//! It is offered where browsers let a page see the screen at all: over TLS, or on this computer itself. Whoever uses it
//! trusts this relay, which serves the page that keeps his secret; the page says so.

use std::{fmt::Write as _, sync::Arc};

use axum::{
    Extension,
    extract::{Path, State},
    http::{HeaderMap, HeaderName, HeaderValue, header},
    response::{Html, IntoResponse as _, Redirect, Response},
};
use deskhand_protocol::code::Finder;

use super::{Found, Standing, look_up, shell::brand, words::Words};
use crate::{app::App, door::Door, refusal::Refusal};

const SCRIPT: &str = include_str!("../../../../helper/ui/dist-browser/share.js");
const STYLE: &str = include_str!("../../../../helper/ui/dist-browser/share.css");

/// What the page may do: use this relay's own script, style and logo, and its sockets.
const PAGE: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; \
                    form-action 'none'; base-uri 'none'; frame-ancestors 'none'";
/// The screen and the camera, for this page alone.
const SENSES: &str = "camera=(self), microphone=(), geolocation=(), display-capture=(self)";

/// Whether a browser counts the page as secure; a proxy that brings TLS reaches the relay on this computer.
fn is_secure(door: &Door) -> bool {
    door.way.tls || door.local.ip().to_canonical().is_loopback()
}

/// The way there, which shows itself by script where the browser can do it; or why there is none.
pub(super) fn offer(door: &Door, words: &Words, finder: &Finder) -> String {
    if !is_secure(door) {
        return format!("<p class=\"soft\">{}</p>", words.share_not_secure);
    }
    let mut out = String::new();
    for (way, name, more) in
        [("screen", words.share, words.share_more), ("camera", words.share_camera, words.share_camera_more)]
    {
        // Writing to a String cannot fail.
        let _ = write!(
            out,
            "<a class=\"go other\" data-share=\"{way}\" href=\"/s/{}/share\" hidden>{name}<small>{more}</small></a>",
            finder.as_str()
        );
    }
    out
}

pub(crate) async fn share(
    State(app): State<Arc<App>>,
    Extension(door): Extension<Door>,
    headers: HeaderMap,
    Path(finder): Path<String>,
) -> Result<Response, Refusal> {
    let words = Words::of(&headers);
    let finder: Finder = finder.parse().map_err(|_| Refusal::not_found())?;
    let waits = matches!(look_up(&app, &door, &finder).await?, Found::Known { standing: Standing::Waiting, .. });
    if !waits || !is_secure(&door) {
        // The connect page says why.
        return Ok(Redirect::to(&format!("/s/{}", finder.as_str())).into_response());
    }
    let Words { lang, dir, title, share_script, .. } = words;
    let logo = if brand(&app).await?.logo.is_some() { " data-logo=\"/logo.png\"" } else { "" };
    let page = format!(
        "<!doctype html>\n<html lang=\"{lang}\" dir=\"{dir}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"robots\" content=\"noindex\">\n<title>{title}</title>\n\
         <link rel=\"stylesheet\" href=\"/share.css\">\n</head>\n<body>\n\
         <div id=\"app\" data-finder=\"{}\"{logo}></div>\n<noscript><p>{share_script}</p></noscript>\n\
         <script defer src=\"/share.js\"></script>\n</body>\n</html>\n",
        finder.as_str()
    );
    let mut response = Html(page).into_response();
    for (name, value) in
        [(header::CONTENT_SECURITY_POLICY, PAGE), (HeaderName::from_static("permissions-policy"), SENSES)]
    {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    Ok(response)
}

#[allow(clippy::unused_async, reason = "handlers are async")]
pub(crate) async fn share_script() -> Response {
    ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], SCRIPT).into_response()
}

#[allow(clippy::unused_async, reason = "handlers are async")]
pub(crate) async fn share_style() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], STYLE).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_may_use_its_own_and_nothing_else() {
        assert!(PAGE.starts_with("default-src 'none'") && !PAGE.contains("unsafe") && !PAGE.contains('*'));
        assert!(!SENSES.contains('*') && SENSES.contains("microphone=()"));
    }

    #[test]
    fn nothing_is_asked_of_another_host() {
        // The addresses that a script may name: those of specifications in its comments and of SVG.
        for found in SCRIPT.match_indices("https://").chain(SCRIPT.match_indices("http://")) {
            let rest = &SCRIPT[found.0 + found.1.len()..];
            let host = rest.split(['/', '"', '\'', '`', ' ', '$']).next().unwrap_or_default();
            assert!(["www.w3.org", "svelte.dev", ""].contains(&host), "{host}");
        }
        assert!(!STYLE.contains("url("), "nothing is loaded by the style");
    }
}
