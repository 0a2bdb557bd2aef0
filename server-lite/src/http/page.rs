//! The customer's connect page: who is waiting, whether the invitation is still good, and what to do. Plain HTML with
//! one style that the policy names by its hash; no script, nothing from elsewhere, every text escaped.
//!
//! The secret half of the code is not here: it stands behind `#` in the address, which browsers do not send.

use std::{
    fmt::Write as _,
    sync::{Arc, LazyLock},
};

use axum::{
    Extension,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse as _, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use deskhand_core::life::is_over;
use deskhand_protocol::{code::Finder, text::Name};
use sha2::{Digest as _, Sha256};

use crate::{
    app::App,
    clock,
    door::Door,
    refusal::Refusal,
    store::{invitations, sessions},
};

const STYLE: &str = include_str!("page.css");

/// What every answer of the relay allows a browser to do with it: nothing but this page's own style.
pub(crate) fn policy() -> &'static HeaderValue {
    static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
        let hash = STANDARD.encode(Sha256::digest(STYLE));
        let policy = format!(
            "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; \
             frame-ancestors 'none'; sandbox"
        );
        HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'; sandbox"))
    });
    &POLICY
}

/// Makes a text fit to stand in HTML.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// What is known of an invitation.
enum Found {
    Waiting { company: Name, technician: Name },
    Used { company: Name, technician: Name },
    Unknown,
    TooMany,
}

pub(crate) async fn connect(
    State(app): State<Arc<App>>,
    Extension(door): Extension<Door>,
    headers: HeaderMap,
    Path(finder): Path<String>,
) -> Result<Response, Refusal> {
    let finder: Option<Finder> = finder.parse().ok();
    let spoken = finder.as_ref().is_some_and(Finder::is_spoken);
    let found = match &finder {
        Some(finder) => look_up(&app, &door, finder).await?,
        None => Found::Unknown,
    };
    let status = match &found {
        Found::Waiting { .. } | Found::Used { .. } => StatusCode::OK,
        Found::Unknown => StatusCode::NOT_FOUND,
        Found::TooMany => StatusCode::TOO_MANY_REQUESTS,
    };
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    Ok((status, Html(render(&found, host, spoken))).into_response())
}

/// A wrong finder is counted like a wrong code, so that the page is no way around that limit.
async fn look_up(app: &App, door: &Door, finder: &Finder) -> Result<Found, Refusal> {
    let (address, spoken) = (door.caller(), finder.is_spoken());
    let counted =
        app.codes.with(|limiter, now| if spoken { limiter.take(address, now) } else { limiter.take_own(address, now) });
    if counted.is_err() {
        return Ok(Found::TooMany);
    }
    let digest = finder.digest();
    let found = app
        .store
        .read(move |db| {
            let Some((session, invitation)) = invitations::find(db, &digest)? else { return Ok(None) };
            Ok(sessions::load(db, session)?.map(|stored| (stored, invitation)))
        })
        .await?;
    let Some((stored, invitation)) = found else { return Ok(Found::Unknown) };
    let (company, technician) = (stored.company, stored.technician_name);
    let found = if stored.life.helper_key.is_some() {
        Found::Used { company, technician }
    } else if clock::wall() < invitation.expires_at && !is_over(stored.life.status) {
        Found::Waiting { company, technician }
    } else {
        return Ok(Found::Unknown);
    };
    app.codes.with(
        |limiter, now| {
            if spoken { limiter.give_back(address, now) } else { limiter.give_back_own(address, now) }
        },
    );
    Ok(found)
}

fn render(found: &Found, host: &str, spoken: bool) -> String {
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"robots\" content=\"noindex\">\n<title>Support</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
    );
    let how = if spoken {
        format!("Type <code>{}</code>, a space and the code you were told.", escape(host))
    } else {
        "Copy the whole address of this page, from the very beginning to its end, and paste it.".to_owned()
    };
    let body = match found {
        Found::Waiting { company, technician } => format!(
            "<main class=\"waiting\">{}<p class=\"state\"><span class=\"dot\"></span><span>{} is waiting for you.</span></p>\
             <h2>How to connect</h2><ol><li>Start <strong>Deskhand Helper</strong> on this computer.</li><li>{how}</li>\
             <li>Wait for the question. Nothing is shown before you choose <em>Allow</em>.</li></ol>{CARE}</main>",
            heading(company, technician),
            escape(technician.as_str()),
        ),
        Found::Used { company, technician } => format!(
            "<main class=\"used\">{}<p class=\"state\"><span class=\"dot\"></span>\
             <span>This invitation is already in use on a computer.</span></p>\
             <h2>What to do</h2><p>If it is this computer, go on in the window of <strong>Deskhand Helper</strong>. \
             If it is not, tell your technician and ask for a new invitation.</p>{CARE}</main>",
            heading(company, technician),
        ),
        Found::Unknown => format!(
            "<main class=\"unknown\"><h1>This invitation is not known</h1><p class=\"state\"><span class=\"dot\"></span>\
             <span>It has expired, has ended, or was never made.</span></p>\
             <p>Check the address, or ask your technician for a new invitation.</p>{CARE}</main>"
        ),
        Found::TooMany => format!(
            "<main class=\"unknown\"><h1>Please wait a little</h1><p class=\"state\"><span class=\"dot\"></span>\
             <span>Too many wrong invitations came from your network.</span></p>\
             <p>Try again in a minute.</p>{CARE}</main>"
        ),
    };
    // Writing to a String cannot fail.
    let _ = write!(page, "{body}\n</body>\n</html>\n");
    page
}

/// What the page behind a link of the self-test says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reached {
    /// The relay is reached, and has noted it.
    Yes,
    /// The link is wrong or too old.
    Unknown,
    /// Too many wrong links.
    TooMany,
}

/// The page behind a link of the self-test, in both languages: who opens it is anybody.
pub(crate) fn reached(how: Reached) -> String {
    let (class, english, german) = match how {
        Reached::Yes => (
            "waiting",
            "It works. You have reached the support server; your technician sees it on his screen. You can close this page.",
            "Es klappt. Sie haben den Support-Server erreicht; Ihr Techniker sieht es auf seinem Bildschirm. Sie können \
             diese Seite schließen.",
        ),
        Reached::Unknown => (
            "unknown",
            "You have reached the support server, but this test link is wrong or too old. Ask your technician for a new one.",
            "Sie haben den Support-Server erreicht, aber dieser Test-Link ist falsch oder zu alt. Bitten Sie Ihren \
             Techniker um einen neuen.",
        ),
        Reached::TooMany => (
            "unknown",
            "Too many wrong links came from your network. Try again in a minute.",
            "Aus Ihrem Netz kamen zu viele falsche Links. Versuchen Sie es in einer Minute wieder.",
        ),
    };
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"robots\" content=\"noindex\">\n<title>Support</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <main class=\"{class}\"><p class=\"state\"><span class=\"dot\"></span><span>{english}</span></p>\
         <p lang=\"de\">{german}</p></main>\n</body>\n</html>\n"
    )
}

fn heading(company: &Name, technician: &Name) -> String {
    let company = if company.is_blank() {
        String::new()
    } else {
        format!("<p class=\"company\">{}</p>", escape(company.as_str()))
    };
    format!("{company}<h1>Support by {}</h1>", escape(technician.as_str()))
}

const CARE: &str = "<p class=\"care\">Connect only if you asked for help yourself. Nobody who calls you unasked needs \
                    to see your screen.</p>";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_from_outside_are_text_and_never_markup() {
        let evil = Name::lossy("<script>alert('1')</script>\" onload=\"x");
        let page = render(&Found::Waiting { company: evil.clone(), technician: evil }, "127.0.0.1:1", true);
        assert!(!page.contains("<script") && !page.contains("\" onload"), "{page}");
        assert!(page.contains("&lt;script&gt;"));
    }

    #[test]
    fn the_policy_names_the_style_and_nothing_else() {
        let policy = policy().to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
        assert!(!policy.contains("unsafe") && !policy.contains("script-src"), "{policy}");
    }
}
