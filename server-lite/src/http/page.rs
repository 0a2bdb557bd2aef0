//! The customer's pages: who is waiting, whether the invitation is still good, the program for his computer, and a way
//! to ask for help without a code. Plain HTML that needs no script and works in old browsers; nothing from elsewhere,
//! every text escaped, nothing kept by a browser or a search engine.
//!
//! The secret half of the code is not here: it stands behind `#` in the address, which browsers do not send. A small
//! script puts it into the program's name where there is one (`page.js`).
//!
//! Which invitations exist is not told apart for the short finders of spoken codes; those of links are too long to be
//! guessed, and their pages say whether they have expired.

mod program;
mod reached;
mod share;
mod shell;
mod support;
mod words;

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::Response,
};
use deskhand_core::life::is_over;
use deskhand_protocol::{
    code::Finder,
    record::{EndReason, SessionStatus},
    text::Name,
};

pub(crate) use self::{
    program::download,
    reached::{Reached, reached},
    share::{share, share_script, share_style},
    shell::{SEALED, logo, script, style},
    support::{ask, request, support},
};
use self::{
    shell::{Again, Page, brand, heading, isolated, state, steps},
    words::{Words, fill},
};
use crate::{
    app::App,
    clock,
    door::Door,
    refusal::Refusal,
    store::{invitations, sessions, sessions::Stored},
};

/// How often a page looks whether something has changed, in seconds.
const SOON: Again = Again::After(4);
/// The same while a session runs.
const SOMETIMES: Again = Again::After(20);

/// Where an invitation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Waiting,
    Called,
    Connected,
    Over,
    Expired,
}

/// What is known of an invitation.
enum Found {
    Known { standing: Standing, company: Name, technician: Name },
    Unknown,
    TooMany,
}

pub(crate) async fn connect(
    State(app): State<Arc<App>>,
    Extension(door): Extension<Door>,
    headers: HeaderMap,
    Path(finder): Path<String>,
) -> Result<Response, Refusal> {
    let words = Words::of(&headers);
    let brand = brand(&app).await?;
    let finder: Option<Finder> = finder.parse().ok();
    let found = match &finder {
        Some(finder) => look_up(&app, &door, finder).await?,
        None => Found::Unknown,
    };
    let (status, class, again, body) = match (&found, &finder) {
        (Found::Known { standing, company, technician }, Some(finder)) => {
            let title = heading(words, &brand, company, technician);
            let (class, again, rest) = match standing {
                Standing::Waiting => {
                    let offer = program::offer(&app, &door, &headers, words, finder).await?;
                    let line = state(&fill(words.waits_for_you, &isolated(technician)));
                    let share = share::offer(&door, words, finder);
                    ("waiting", SOON, format!("{line}{offer}{share}{}", steps(words)))
                }
                Standing::Called => {
                    let line = state(&fill(words.has_called, &isolated(technician)));
                    ("called", SOON, format!("{line}<p>{}</p>", words.in_use_more))
                }
                Standing::Connected => {
                    let line = state(&fill(words.connected, &isolated(technician)));
                    ("connected", SOMETIMES, format!("{line}<p>{}</p>", words.connected_more))
                }
                Standing::Over => ("over", Again::Never, state(words.over)),
                Standing::Expired => {
                    let line = state(words.expired);
                    ("expired", Again::Never, format!("{line}<p>{}</p>", words.ask_anew))
                }
            };
            (StatusCode::OK, class, again, format!("{title}{rest}"))
        }
        (Found::TooMany, _) => {
            let body = format!("<h1>{}</h1>{}", words.too_many, state(words.too_many_more));
            (StatusCode::TOO_MANY_REQUESTS, "unknown", Again::Never, body)
        }
        _ => {
            let line = state(words.unknown_more);
            let body = format!("<h1>{}</h1>{line}<p>{}</p>", words.unknown, words.ask_anew);
            (StatusCode::NOT_FOUND, "unknown", Again::Never, body)
        }
    };
    Ok(Page { words, brand: &brand, status, class, again, body }.answer())
}

/// A wrong finder is counted as a wrong code is, so that the page is no way around that limit; but by itself.
async fn look_up(app: &App, door: &Door, finder: &Finder) -> Result<Found, Refusal> {
    let (address, spoken) = (door.caller(), finder.is_spoken());
    let counted =
        app.pages.with(|limiter, now| if spoken { limiter.take(address, now) } else { limiter.take_own(address, now) });
    if counted.is_err() {
        return Ok(Found::TooMany);
    }
    let digest = finder.digest();
    let found = app
        .store
        .read(move |db| {
            let found = match invitations::find(db, &digest)? {
                Some((session, invitation)) => Some((session, invitation.expires_at)),
                None if spoken => None,
                None => invitations::find_old_link(db, &digest)?,
            };
            let Some((session, expires_at)) = found else { return Ok(None) };
            Ok(sessions::load(db, session)?.map(|stored| (stored, expires_at)))
        })
        .await?;
    let Some((stored, expires_at)) = found else { return Ok(Found::Unknown) };
    let standing = match standing(&stored) {
        Standing::Waiting if clock::wall() >= expires_at => Standing::Expired,
        standing => standing,
    };
    // Of a short finder that is worth nothing any more, nothing is told.
    if spoken && matches!(standing, Standing::Over | Standing::Expired) {
        return Ok(Found::Unknown);
    }
    app.pages.with(
        |limiter, now| {
            if spoken { limiter.give_back(address, now) } else { limiter.give_back_own(address, now) }
        },
    );
    Ok(Found::Known { standing, company: stored.company, technician: stored.technician_name })
}

fn standing(stored: &Stored) -> Standing {
    match stored.life.status {
        _ if stored.life.end_reason == Some(EndReason::Expired) => Standing::Expired,
        status if is_over(status) => Standing::Over,
        SessionStatus::Live | SessionStatus::Paused | SessionStatus::Reconnecting => Standing::Connected,
        _ if stored.life.helper_key.is_some() => Standing::Called,
        _ => Standing::Waiting,
    }
}

/// Under which name this relay was called; checked against its own names before.
fn host(headers: &HeaderMap) -> &str {
    headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default()
}
