//! The console's page for browsers, over TLS only. Elsewhere it does not exist: what is not shown cannot be signed in to
//! over a line that others read.

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Path, State},
    http::{HeaderValue, header},
    response::{IntoResponse as _, Redirect, Response},
};

use super::table::NOWHERE;
use crate::{app::App, door::Door, refusal::Refusal};

/// What the page may do: use this relay's own files and routes, and show what it has decoded. A customer's picture is
/// drawn from what its own connection brings.
const PAGE: &str = "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; img-src 'self' blob:; \
                    font-src 'self'; media-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; \
                    frame-ancestors 'none'";
const INDEX: &str = "index.html";
/// Where the names of files are made of what is in them.
const HASHED: &str = "assets/";

#[allow(clippy::unused_async, reason = "handlers are async")]
pub(crate) async fn enter(Extension(door): Extension<Door>) -> Result<Redirect, Refusal> {
    if door.is_secure() { Ok(Redirect::permanent("/console/")) } else { Err(NOWHERE) }
}

#[allow(clippy::unused_async, reason = "handlers are async")]
pub(crate) async fn index(State(app): State<Arc<App>>, Extension(door): Extension<Door>) -> Result<Response, Refusal> {
    give(&app, &door, INDEX)
}

#[allow(clippy::unused_async, reason = "handlers are async")]
pub(crate) async fn file(
    State(app): State<Arc<App>>,
    Extension(door): Extension<Door>,
    Path(path): Path<String>,
) -> Result<Response, Refusal> {
    // The page has one address.
    if path == INDEX { Err(NOWHERE) } else { give(&app, &door, &path) }
}

/// Packed, as every browser takes it that can run the page.
fn give(app: &App, door: &Door, path: &str) -> Result<Response, Refusal> {
    let file = app.page.as_ref().filter(|_| door.is_secure()).and_then(|page| page.file(path)).ok_or(NOWHERE)?;
    let keep = if path.starts_with(HASHED) { "public, max-age=31536000, immutable" } else { "no-store" };
    let mut response = file.packed.into_response();
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, file.kind),
        (header::CONTENT_ENCODING, "gzip"),
        (header::CACHE_CONTROL, keep),
        (header::CONTENT_SECURITY_POLICY, PAGE),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_may_use_its_own_and_nothing_else() {
        assert!(PAGE.starts_with("default-src 'none'") && !PAGE.contains("unsafe") && !PAGE.contains('*'));
        assert!(!PAGE.contains("data:") && !PAGE.contains("http"), "nothing of another place");
    }
}
