//! The helper asks a relay for help where it has no session: one small request, each on a connection of its own.
//!
//! A whole client for HTTP would be a tenth of the customer's download: the parser of heads that WebSockets bring along is
//! enough. It speaks HTTP/1.0, in which an answer is never sent in pieces.

use std::time::Duration;

use deskhand_protocol::{
    error::WireError,
    id::RecordId,
    template::{HelpAsked, HelpStands, NewHelpRequest},
};
use serde::de::DeserializeOwned;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _},
    time::timeout,
};

use super::{Lost, Route, dial::connect, http::HttpError};

/// Time for one request with its answer.
const REQUEST_TIME: Duration = Duration::from_secs(15);
/// Longest answer, with its head, in bytes: a link at the most.
const ANSWER: usize = 16 * 1024;
/// The most lines of its head: a relay sends a dozen, a proxy before it some more.
const HEADERS: usize = 64;

/// Asks for help.
///
/// # Errors
///
/// [`HttpError`]; refused with [`ErrorCode::TooMany`](deskhand_protocol::error::ErrorCode::TooMany) when it was done too
/// often.
pub async fn ask_for_help(route: &Route, request: &NewHelpRequest) -> Result<RecordId, HttpError> {
    let body = serde_json::to_string(request).map_err(|_| HttpError::NotARelay)?;
    let head =
        format!("POST /api/v1/help HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: {}", body.len());
    say::<HelpAsked>(route, &head, &body).await.map(|asked| asked.id)
}

/// Asks where a request stands.
///
/// # Errors
///
/// [`HttpError`]; refused with [`ErrorCode::NotFound`](deskhand_protocol::error::ErrorCode::NotFound) when the relay has
/// forgotten it.
pub async fn where_help_stands(route: &Route, request: RecordId) -> Result<HelpStands, HttpError> {
    say(route, &format!("GET /api/v1/help/{request} HTTP/1.0"), "").await
}

async fn say<T: DeserializeOwned>(route: &Route, head: &str, body: &str) -> Result<T, HttpError> {
    let exchange = async {
        let (mut stream, _) = connect(route).await.map_err(|lost| match lost {
            Lost::NotARelay => HttpError::NotARelay,
            _ => HttpError::Unreachable,
        })?;
        let host = route.address.authority();
        let agent = concat!("deskhand/", env!("CARGO_PKG_VERSION"));
        let request = format!("{head}\r\nHost: {host}\r\nUser-Agent: {agent}\r\nConnection: close\r\n\r\n{body}");
        let lost = |_| HttpError::Unreachable;
        stream.write_all(request.as_bytes()).await.map_err(lost)?;
        stream.flush().await.map_err(lost)?;
        hear(&mut stream).await
    };
    timeout(REQUEST_TIME, exchange).await.unwrap_or(Err(HttpError::Unreachable))
}

/// Reads an answer: of a length that it says, or up to the end.
async fn hear<T: DeserializeOwned>(stream: &mut (impl AsyncRead + Unpin)) -> Result<T, HttpError> {
    let mut all = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        if let Some((status, body)) = whole(&all, false)? {
            return read(status, body);
        }
        match stream.read(&mut buffer).await {
            Ok(0) => break,
            Ok(count) => all.extend_from_slice(buffer.get(..count).unwrap_or_default()),
            Err(_) => return Err(HttpError::Unreachable),
        }
        if all.len() > ANSWER {
            return Err(HttpError::NotARelay);
        }
    }
    let (status, body) = whole(&all, true)?.ok_or(HttpError::Unreachable)?;
    read(status, body)
}

/// Status and body, once all of it is there.
fn whole(all: &[u8], at_end: bool) -> Result<Option<(u16, &[u8])>, HttpError> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut answer = httparse::Response::new(&mut headers);
    let head = match answer.parse(all).map_err(|_| HttpError::NotARelay)? {
        httparse::Status::Complete(head) => head,
        httparse::Status::Partial => return Ok(None),
    };
    let (status, body) = (answer.code.ok_or(HttpError::NotARelay)?, all.get(head..).unwrap_or_default());
    let length = answer.headers.iter().find(|header| header.name.eq_ignore_ascii_case("content-length"));
    let length = length
        .map(|header| std::str::from_utf8(header.value).ok().and_then(|value| value.parse::<usize>().ok()))
        .map(|length| length.ok_or(HttpError::NotARelay))
        .transpose()?;
    Ok(match length {
        Some(length) if length > ANSWER => return Err(HttpError::NotARelay),
        Some(length) => body.get(..length).map(|body| (status, body)),
        None => at_end.then_some((status, body)),
    })
}

fn read<T: DeserializeOwned>(status: u16, body: &[u8]) -> Result<T, HttpError> {
    if status == 200 {
        return serde_json::from_slice(body).map_err(|_| HttpError::NotARelay);
    }
    match serde_json::from_slice::<WireError>(body) {
        Ok(error) => Err(HttpError::Refused(error)),
        Err(_) if status == 503 => Err(HttpError::Unreachable),
        Err(_) => Err(HttpError::NotARelay),
    }
}

#[cfg(test)]
mod tests {
    use deskhand_protocol::error::ErrorCode;

    use super::*;

    async fn heard(answer: &[u8]) -> Result<HelpStands, HttpError> {
        hear(&mut &answer[..]).await
    }

    #[tokio::test]
    async fn an_answer_is_read_whole_or_not_at_all() {
        let body = br#"{"state":"waiting"}"#;
        let with = |head: &str, body: &[u8]| [head.as_bytes(), b"\r\n\r\n", body].concat();
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}", body.len());
        assert_eq!(heard(&with(&head, body)).await, Ok(HelpStands::Waiting));
        assert_eq!(heard(&with(&head, &[&body[..], b"more"].concat())).await, Ok(HelpStands::Waiting));
        assert_eq!(heard(&with("HTTP/1.0 200 OK\r\nServer: x", body)).await, Ok(HelpStands::Waiting));
        let whole = with(&head, body);
        for cut in 0..whole.len() {
            assert_eq!(heard(&whole[..cut]).await, Err(HttpError::Unreachable), "cut at {cut}");
        }
        let refusal = br#"{"code":"too_many","detail":"wait"}"#;
        let refused = heard(&with("HTTP/1.1 429 Too Many Requests", refusal)).await;
        assert_eq!(refused.unwrap_err().code(), Some(ErrorCode::TooMany));
        assert_eq!(heard(&with("HTTP/1.1 503 x", b"<html>")).await, Err(HttpError::Unreachable));
        let long = vec![b'x'; ANSWER * 2];
        for wrong in [
            with("HTTP/1.1 200 OK", b"<html>"),
            with("HTTP/1.1 404 Not Found", b"<html>"),
            with("HTTP/1.1 200 OK\r\nContent-Length: many", body),
            with("HTTP/1.1 200 OK\r\nContent-Length: 99999999999", body),
            with("SSH-2.0-x", body),
            with("HTTP/1.1", body),
            with("HTTP/1.1 200 OK\r\nX: \u{ff}", &long),
            long,
        ] {
            assert_eq!(heard(&wrong).await, Err(HttpError::NotARelay), "{}", String::from_utf8_lossy(&wrong[..20]));
        }
    }
}
