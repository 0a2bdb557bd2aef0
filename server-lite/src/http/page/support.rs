//! `/support`: somebody types the first half of a code, or asks for help without one. The second half is never asked
//! for: the field has no room for it.

use std::sync::Arc;

use axum::{
    Extension, Form,
    extract::{Path, Query, State, rejection::FormRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use deskhand_protocol::{
    code::Finder,
    id::RecordId,
    limit::{NAME_CHARS, PROBLEM_CHARS},
    text::{ChatText, Name},
};
use serde::Deserialize;

use super::{
    SOON,
    shell::{Again, Page, brand, escape, state},
    words::Words,
};
use crate::{acts::requests as acts, app::App, door::Door, refusal::Refusal, store::requests as table};

/// Characters of a spoken code's first half.
const HALF: usize = 4;

#[derive(Debug, Deserialize)]
pub(crate) struct Typed {
    code: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Asking {
    #[serde(default)]
    name: String,
    #[serde(default)]
    problem: String,
}

pub(crate) async fn support(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Query(typed): Query<Typed>,
) -> Result<Response, Refusal> {
    let words = Words::of(&headers);
    let half: Option<String> = typed.code.map(|code| code.chars().filter(|c| c.is_alphanumeric()).take(HALF).collect());
    match half.as_deref().map(str::parse::<Finder>) {
        Some(Ok(finder)) => Ok(go_to(&format!("/s/{}", finder.as_str()))),
        Some(Err(_)) => form(&app, words, StatusCode::BAD_REQUEST, Some(words.unknown), &Asking::empty()).await,
        None => form(&app, words, StatusCode::OK, None, &Asking::empty()).await,
    }
}

pub(crate) async fn ask(
    State(app): State<Arc<App>>,
    Extension(door): Extension<Door>,
    headers: HeaderMap,
    asking: Result<Form<Asking>, FormRejection>,
) -> Result<Response, Refusal> {
    let words = Words::of(&headers);
    let Ok(Form(asking)) = asking else {
        return form(&app, words, StatusCode::BAD_REQUEST, Some(words.ask_missing), &Asking::empty()).await;
    };
    let name = Name::lossy(asking.name.trim());
    let cut: String = asking.problem.trim().replace("\r\n", "\n").chars().take(PROBLEM_CHARS).collect();
    let problem = ChatText::lossy(&cut);
    if name.is_blank() || problem.is_blank() {
        return form(&app, words, StatusCode::BAD_REQUEST, Some(words.ask_missing), &asking).await;
    }
    if app.requests.take(door.caller()).is_err() {
        return form(&app, words, StatusCode::TOO_MANY_REQUESTS, Some(words.too_many), &asking).await;
    }
    let id = app.store.write(move |change| acts::ask(change, name, problem)).await?;
    Ok(go_to(&format!("/support/{id}")))
}

/// Where a request stands. Its id cannot be guessed.
pub(crate) async fn request(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let words = Words::of(&headers);
    let id: RecordId = id.parse().map_err(|_| Refusal::not_found())?;
    let request = app.store.read(move |db| table::one(db, id)).await?.ok_or_else(Refusal::not_found)?;
    if let Some(link) = app.answers.get(id) {
        // The secret stands behind `#`, and so does not come back here.
        return Ok(go_to(&format!("/s/{}#{}", link.finder.as_str(), link.secret)));
    }
    let brand = brand(&app).await?;
    let (class, again, body) = match request.closed_at {
        None => ("waiting", SOON, format!("<h1>{}</h1>{}", words.asked, state(words.asked_more))),
        Some(_) => ("unknown", Again::Never, format!("<h1>{}</h1>{}", words.title, state(words.put_aside))),
    };
    Ok(Page { words, brand: &brand, status: StatusCode::OK, class, again, body }.answer())
}

impl Asking {
    const fn empty() -> Self {
        Self { name: String::new(), problem: String::new() }
    }
}

/// `303`: the browser asks the new address with `GET`, and a reload sends nothing twice.
fn go_to(path: &str) -> Response {
    let Ok(path) = HeaderValue::from_str(path) else { return Refusal::not_found().into_response() };
    let mut response = StatusCode::SEE_OTHER.into_response();
    response.headers_mut().insert(header::LOCATION, path);
    response
}

async fn form(
    app: &App,
    words: &Words,
    status: StatusCode,
    problem: Option<&str>,
    asking: &Asking,
) -> Result<Response, Refusal> {
    let brand = brand(app).await?;
    let title = if brand.name.is_blank() { words.title.to_owned() } else { escape(brand.name.as_str()) };
    let welcome = if brand.welcome.is_blank() {
        String::new()
    } else {
        format!("<p class=\"welcome\" dir=\"auto\">{}</p>", escape(brand.welcome.as_str()))
    };
    let problem = problem.map(|problem| format!("<div role=\"alert\">{}</div>", state(problem))).unwrap_or_default();
    let (name, what) = (escape(&asking.name), escape(&asking.problem));
    let Words { code_title, code_label, code_more, code_go, ask_title, ask_name, ask_problem, ask_go, .. } = words;
    let body = format!(
        "<h1 dir=\"auto\">{title}</h1>{welcome}{problem}\
         <h2>{code_title}</h2><form method=\"get\" action=\"/support\">\
         <label for=\"code\">{code_label}</label>\
         <input class=\"code\" id=\"code\" name=\"code\" maxlength=\"{HALF}\" required autocomplete=\"off\" \
         autocapitalize=\"characters\" spellcheck=\"false\" dir=\"ltr\" aria-describedby=\"code-more\">\
         <p class=\"soft\" id=\"code-more\">{code_more}</p><button>{code_go}</button></form><hr>\
         <h2>{ask_title}</h2><form method=\"post\" action=\"/support\">\
         <label for=\"name\">{ask_name}</label>\
         <input id=\"name\" name=\"name\" maxlength=\"{NAME_CHARS}\" required autocomplete=\"name\" value=\"{name}\">\
         <label for=\"problem\">{ask_problem}</label>\
         <textarea id=\"problem\" name=\"problem\" maxlength=\"{PROBLEM_CHARS}\" required>{what}</textarea>\
         <button>{ask_go}</button></form>"
    );
    let class = if problem.is_empty() { "form" } else { "form unknown" };
    let mut response = Page { words, brand: &brand, status, class, again: Again::Never, body }.answer();
    // With `no-referrer` a browser names no origin when it sends the form, and the door would refuse it.
    response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    Ok(response)
}
