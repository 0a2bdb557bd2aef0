//! The program on the connect page: offered over TLS only, for the kind of computer that the browser says it runs on,
//! under a name that says whom to call.

use std::{fmt::Write as _, sync::Arc};

use axum::{
    Extension,
    extract::{Path, Query, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use deskhand_protocol::{
    code::{Finder, RelayAddress},
    error::ErrorCode,
    package::name::{CallName, stem_of},
    template::{Platform, TemplateRecord},
};
use serde::Deserialize;

use super::{
    Found, Standing, host, look_up,
    shell::{Again, Page, brand, escape, state},
    words::{Words, fill},
};
use crate::{app::App, door::Door, http::templates::stream_of, refusal::Refusal, store::templates as table};

/// What a browser says of its computer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Computer {
    /// The platforms it may be, the likeliest first.
    Maybe(&'static [Platform]),
    /// A telephone or tablet.
    Phone,
    /// Something else.
    Unknown,
}

fn computer(headers: &HeaderMap) -> Computer {
    let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    let has = |word: &str| agent.contains(word);
    if has("Android") || has("iPhone") || has("iPad") {
        Computer::Phone
    } else if has("Windows") {
        // Windows on ARM says that it is x86, and runs such programs.
        Computer::Maybe(&[Platform::WindowsX64, Platform::WindowsArm64])
    } else if has("Mac OS X") || has("Macintosh") {
        Computer::Maybe(&[Platform::MacosUniversal, Platform::MacosArm64, Platform::MacosX64])
    } else if has("aarch64") && has("Linux") {
        Computer::Maybe(&[Platform::LinuxArm64])
    } else if has("Linux") {
        Computer::Maybe(&[Platform::LinuxX64])
    } else {
        Computer::Unknown
    }
}

/// As people call it.
const fn called(platform: Platform) -> &'static str {
    match platform {
        Platform::WindowsX64 => "Windows",
        Platform::WindowsArm64 => "Windows (ARM)",
        Platform::MacosUniversal => "macOS",
        Platform::MacosArm64 => "macOS (Apple)",
        Platform::MacosX64 => "macOS (Intel)",
        Platform::LinuxX64 => "Linux",
        Platform::LinuxArm64 => "Linux (ARM)",
    }
}

/// The button for this computer, the others behind a line, or why there is none.
pub(super) async fn offer(
    app: &App,
    door: &Door,
    headers: &HeaderMap,
    words: &Words,
    finder: &Finder,
) -> Result<String, Refusal> {
    let call = format!("<code dir=\"ltr\">{}</code>", escape(host(headers)));
    let have_it = if finder.is_spoken() {
        format!("<p class=\"soft\">{}</p>", fill(words.type_call, &call))
    } else {
        String::new()
    };
    let alone = |sentence: &str| Ok(format!("<p>{sentence}</p>{have_it}"));
    if !door.is_secure() {
        return alone(words.not_secure);
    }
    let computer = computer(headers);
    let relay: Option<RelayAddress> = format!("https://{}", host(headers)).parse().ok();
    let stem = relay.and_then(|relay| stem_of(&relay).ok());
    let templates = app.store.read(table::in_use).await?;
    let own = match computer {
        Computer::Phone => return alone(words.phone),
        Computer::Maybe(likely) => {
            likely.iter().find_map(|platform| templates.iter().find(|template| template.platform == *platform))
        }
        Computer::Unknown => None,
    };
    let Some(stem) = stem.filter(|_| !templates.is_empty()) else { return alone(words.no_program) };
    let link = |template: &TemplateRecord, inside: &str, class: &str| {
        let (finder, platform) = (finder.as_str(), template.platform);
        format!(
            "<a{class} href=\"/s/{finder}/program/{}\" data-stem=\"{stem}_{finder}_\" data-ending=\"{}\">{inside}</a>",
            platform.word(),
            platform.ending(),
        )
    };
    let mut out = String::new();
    match own {
        Some(template) => {
            let size = format!("{:.0} MB", megabytes(template.size));
            let name = fill(words.get_for, called(template.platform));
            let inside = format!("{}<small>{name} · {size}</small>", words.get);
            out.push_str(&link(template, &inside, " class=\"go\""));
        }
        None => {
            let _ = write!(out, "<p>{}</p>", words.no_program);
        }
    }
    let rest = if finder.is_spoken() { words.rest_spoken } else { words.rest_link };
    let _ = write!(out, "<p class=\"soft rest\">{rest}</p>");
    let others: Vec<_> = templates.iter().filter(|template| own.is_none_or(|own| own.id != template.id)).collect();
    if !others.is_empty() {
        let _ = write!(out, "<details><summary>{}</summary><ul>", words.other_computer);
        for template in others {
            let _ = write!(out, "<li>{}</li>", link(template, called(template.platform), ""));
        }
        out.push_str("</ul></details>");
    }
    out.push_str(&have_it);
    Ok(out)
}

#[allow(clippy::cast_precision_loss, reason = "shown without decimals")]
fn megabytes(bytes: u64) -> f64 {
    (bytes as f64 / 1e6).max(1.0)
}

#[derive(Debug, Deserialize)]
pub(crate) struct How {
    /// The page's script names the file itself.
    own: Option<String>,
}

/// The program of a platform, for somebody whose invitation is good.
pub(crate) async fn download(
    State(app): State<Arc<App>>,
    Extension(door): Extension<Door>,
    headers: HeaderMap,
    Path((finder, platform)): Path<(String, String)>,
    Query(how): Query<How>,
) -> Result<Response, Refusal> {
    let words = Words::of(&headers);
    let (Ok(finder), Some(platform)) = (finder.parse::<Finder>(), Platform::of_word(&platform)) else {
        return Err(Refusal::not_found());
    };
    let standing = match look_up(&app, &door, &finder).await? {
        Found::Known { standing, .. } => standing,
        Found::TooMany => return Err(Refusal::too_many()),
        Found::Unknown => return Err(Refusal::not_found()),
    };
    if !door.is_secure() {
        let brand = brand(&app).await?;
        let (status, again) = (StatusCode::FORBIDDEN, Again::Never);
        let body = state(words.not_secure);
        return Ok(Page { words, brand: &brand, status, class: "unknown", again, body }.answer());
    }
    if !matches!(standing, Standing::Waiting | Standing::Called) {
        return Err(Refusal::new(ErrorCode::InvalidCode, "the invitation is used or over"));
    }
    let template = app.store.read(move |db| table::current(db, platform)).await?.ok_or_else(Refusal::not_found)?;
    let relay: RelayAddress = format!("https://{}", host(&headers)).parse().map_err(|_| Refusal::not_found())?;
    let name = CallName::Half { relay, finder }.write().map_err(|_| Refusal::not_found())?;
    let mut response = stream_of(app.templates.file(&template.sha256), template.size).await?;
    let named = match how.own {
        Some(_) => "attachment".to_owned(),
        None => format!("attachment; filename=\"{name}{}\"", platform.ending()),
    };
    if let Ok(named) = HeaderValue::from_str(&named) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, named);
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_browser_says_for_which_computer() {
        let of = |agent: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::USER_AGENT, agent.parse().unwrap());
            match computer(&headers) {
                Computer::Maybe(likely) => Some(likely[0]),
                _ => None,
            }
        };
        for (agent, platform) in [
            ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36", Some(Platform::WindowsX64)),
            ("Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0)", Some(Platform::WindowsX64)),
            ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)", Some(Platform::MacosUniversal)),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", Some(Platform::LinuxX64)),
            ("Mozilla/5.0 (X11; Linux aarch64) Chrome/140", Some(Platform::LinuxArm64)),
            ("Mozilla/5.0 (Linux; Android 15; Pixel 9)", None),
            ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)", None),
            ("curl/8.0", None),
        ] {
            assert_eq!(of(agent), platform, "{agent}");
        }
    }
}
