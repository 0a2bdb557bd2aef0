//! What all pages share: the frame with logo and colour, escaping, the policy, style and script.

use std::{fmt::Write as _, sync::Arc};

use axum::{
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse as _, Response},
};
use deskhand_protocol::{package::brand::Brand, text::Name};

use super::words::{Words, fill};
use crate::{app::App, refusal::Refusal, store::settings};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
/// Where no company has chosen a colour.
const ACCENT: &str = "#2f5bd8";

/// What an answer that is no page allows a browser to do with it: nothing.
pub(crate) const SEALED: &str =
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox";
/// What a page may do: use this relay's own style, script and logo, and send its form here.
const PAGE: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; \
                    base-uri 'none'; frame-ancestors 'none'";

/// Makes a text fit to stand in HTML.
pub(super) fn escape(text: &str) -> String {
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

/// When a page asks again by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Again {
    /// Not.
    Never,
    /// After so many seconds.
    After(u32),
}

/// One page.
#[derive(Debug)]
pub(super) struct Page<'a> {
    pub(super) words: &'a Words,
    pub(super) brand: &'a Brand,
    pub(super) status: StatusCode,
    pub(super) class: &'static str,
    pub(super) again: Again,
    /// Escaped HTML.
    pub(super) body: String,
}

impl Page<'_> {
    /// As it is sent.
    pub(super) fn answer(&self) -> Response {
        let mut response = (self.status, Html(self.html())).into_response();
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(PAGE));
        response
    }

    fn html(&self) -> String {
        let Words { lang, dir, title, .. } = self.words;
        let mut page = format!(
            "<!doctype html>\n<html lang=\"{lang}\" dir=\"{dir}\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"robots\" content=\"noindex\">\n"
        );
        if let Again::After(seconds) = self.again {
            let _ = writeln!(page, "<meta http-equiv=\"refresh\" content=\"{seconds}\">");
        }
        let logo = if self.brand.logo.is_some() { "<img class=\"logo\" src=\"/logo.png\" alt=\"\">" } else { "" };
        let (class, body, care) = (self.class, &self.body, self.words.care);
        // Writing to a String cannot fail.
        let _ = write!(
            page,
            "<title>{title}</title>\n<link rel=\"stylesheet\" href=\"/page.css\">\n</head>\n<body>\n\
             <main class=\"{class}\">{logo}{body}<p class=\"care\">{care}</p></main>\n\
             <script src=\"/page.js\"></script>\n</body>\n</html>\n"
        );
        page
    }
}

/// The heading of a page that knows who helps.
pub(super) fn heading(words: &Words, brand: &Brand, company: &Name, technician: &Name) -> String {
    let company = if brand.name.is_blank() { company } else { &brand.name };
    let mut out = String::new();
    if !company.is_blank() {
        // Its line begins where the others do, whatever direction the name is read in.
        let _ = write!(out, "<p class=\"company\">{}</p>", isolated(company));
    }
    let _ = write!(out, "<h1>{}</h1>", fill(words.support_by, &isolated(technician)));
    if !brand.welcome.is_blank() {
        let _ = write!(out, "<p class=\"welcome\" dir=\"auto\">{}</p>", escape(brand.welcome.as_str()));
    }
    out
}

/// A name that stands in a sentence of another reading direction.
pub(super) fn isolated(name: &Name) -> String {
    format!("<bdi>{}</bdi>", escape(name.as_str()))
}

/// The line that says where things stand.
pub(super) fn state(sentence: &str) -> String {
    format!("<p class=\"state\" role=\"status\"><span class=\"dot\"></span><span>{sentence}</span></p>")
}

/// How the company wants to be recognised.
pub(super) async fn brand(app: &App) -> Result<Brand, Refusal> {
    Ok(app.store.read(settings::brand).await?)
}

pub(crate) async fn style(State(app): State<Arc<App>>) -> Result<Response, Refusal> {
    let colour = brand(&app).await?.colour;
    let accent = colour.map_or_else(|| ACCENT.to_owned(), |colour| colour.to_string());
    let on_accent = if colour.is_none_or(|colour| colour.is_dark()) { "#fff" } else { "#000" };
    let style = STYLE.replace("ON_ACCENT", on_accent).replace("ACCENT", &accent);
    Ok(([(header::CONTENT_TYPE, "text/css; charset=utf-8")], style).into_response())
}

#[allow(clippy::unused_async, reason = "handlers are async")]
pub(crate) async fn script() -> Response {
    ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], SCRIPT).into_response()
}

pub(crate) async fn logo(State(app): State<Arc<App>>) -> Result<Response, Refusal> {
    let logo = brand(&app).await?.logo.ok_or_else(Refusal::not_found)?;
    Ok(([(header::CONTENT_TYPE, "image/png")], logo.png().to_vec()).into_response())
}

/// Three pictures of what to expect. Drawn here, so that nothing is loaded for them.
pub(super) fn steps(words: &Words) -> String {
    let drawings = [
        // A downloaded file, clicked.
        "<rect class=\"w\" x=\"14\" y=\"12\" width=\"92\" height=\"56\" rx=\"5\"/><rect class=\"g\" x=\"14\" y=\"12\" width=\"92\" height=\"10\" rx=\"4\"/><rect class=\"a\" x=\"26\" y=\"34\" width=\"68\" height=\"18\" rx=\"5\"/><path class=\"i\" d=\"M70 45l16 7-7 3-3 7z\"/>",
        // The question, with its button.
        "<rect class=\"w\" x=\"22\" y=\"10\" width=\"76\" height=\"60\" rx=\"6\"/><circle class=\"g\" cx=\"36\" cy=\"25\" r=\"7\"/><rect class=\"g\" x=\"48\" y=\"20\" width=\"40\" height=\"4\" rx=\"2\"/><rect class=\"g\" x=\"48\" y=\"28\" width=\"28\" height=\"4\" rx=\"2\"/><rect class=\"g\" x=\"30\" y=\"48\" width=\"26\" height=\"13\" rx=\"4\"/><rect class=\"a\" x=\"62\" y=\"48\" width=\"28\" height=\"13\" rx=\"4\"/>",
        // The bar on top of the screen.
        "<rect class=\"g\" x=\"10\" y=\"10\" width=\"100\" height=\"60\" rx=\"5\"/><rect class=\"w\" x=\"14\" y=\"14\" width=\"92\" height=\"52\" rx=\"3\"/><rect class=\"i\" x=\"28\" y=\"14\" width=\"64\" height=\"11\" rx=\"3\"/><rect class=\"a\" x=\"72\" y=\"16\" width=\"18\" height=\"7\" rx=\"2\"/>",
    ];
    let mut out = format!("<h2>{}</h2><ol class=\"steps\">", words.how);
    for (drawing, sentence) in drawings.iter().zip([words.step_open, words.step_allow, words.step_bar]) {
        let _ = write!(
            out,
            "<li><svg viewBox=\"0 0 120 80\" aria-hidden=\"true\" focusable=\"false\">{drawing}</svg>{sentence}</li>"
        );
    }
    out.push_str("</ol>");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_from_outside_are_text_and_never_markup() {
        let evil = Name::lossy("<script>alert('1')</script>\" onload=\"x");
        let words = Words::of(&axum::http::HeaderMap::new());
        let page = heading(words, &Brand { name: evil.clone(), ..Brand::default() }, &evil, &evil);
        assert!(!page.contains("<script") && !page.contains("\" onload"), "{page}");
        assert!(page.contains("&lt;script&gt;"));
    }

    #[test]
    fn a_page_may_use_its_own_and_nothing_else() {
        assert!(PAGE.starts_with("default-src 'none'") && !PAGE.contains("unsafe") && !PAGE.contains('*'));
        assert!(SEALED.starts_with("default-src 'none'") && SEALED.contains("sandbox") && !SEALED.contains("script"));
    }
}
