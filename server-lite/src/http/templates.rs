//! Templates: what there is, uploads in parts, going back, and the files themselves.

use std::{path::PathBuf, sync::Arc};

use axum::{
    Json,
    body::{Body as HttpBody, Bytes},
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse as _, Response},
};
use deskhand_protocol::{
    error::ErrorCode,
    id::{TechnicianId, TemplateId},
    key::Digest,
    template::{NewUpload, TemplateRecord, Templates, Upload},
};
use futures_util::stream;
use serde::Deserialize;
use tokio::{fs::File, io::AsyncReadExt as _};

use super::{
    body::{Asked, Body, Named},
    table::Caller,
};
use crate::{acts::templates as acts, app::App, refusal::Refusal, store::templates as table, templates::Arrived};

/// Bytes of a file that are read at once.
const CHUNK: usize = 128 * 1024;

#[derive(Debug, Deserialize)]
pub(crate) struct At {
    at: u64,
}

pub(crate) async fn list(State(app): State<Arc<App>>, Caller(technician): Caller) -> Result<Json<Templates>, Refusal> {
    let templates = app.store.read(move |db| table::list(db, technician)).await?;
    Ok(Json(Templates { templates }))
}

pub(crate) async fn begin(
    State(app): State<Arc<App>>,
    Caller(technician): Caller,
    Body(new): Body<NewUpload>,
) -> Result<Json<Upload>, Refusal> {
    blocking(move || app.templates.begin(technician, new)).await.map(Json)
}

pub(crate) async fn part(
    State(app): State<Arc<App>>,
    Caller(technician): Caller,
    Named(id): Named<TemplateId>,
    Asked(At { at }): Asked<At>,
    part: Bytes,
) -> Result<Json<Upload>, Refusal> {
    blocking(move || app.templates.take(technician, id, at, &part)).await.map(Json)
}

pub(crate) async fn finish(
    State(app): State<Arc<App>>,
    Caller(technician): Caller,
    Named(id): Named<TemplateId>,
) -> Result<Json<TemplateRecord>, Refusal> {
    // To its end even if whoever asked leaves in between: a file without a row would stay.
    let of = Arc::clone(&app);
    let settled = app.tasks.spawn(async move {
        let _settling = of.templates.settling.lock().await;
        let finishing = Arc::clone(&of);
        let arrived = blocking(move || finishing.templates.finish(technician, id)).await?;
        add(&of, Some(technician), arrived).await
    });
    let id = settled.await.unwrap_or(Err(UNDONE))?;
    one(&app, technician, id).await.map(Json)
}

/// Puts a file that has arrived in use; gives what is in use then. Whoever calls it holds `settling` since before the
/// file came to its place.
async fn add(app: &Arc<App>, by: Option<TechnicianId>, arrived: Arrived) -> Result<TemplateId, Refusal> {
    let added = app.store.write(move |change| acts::add(change, by, &arrived)).await?;
    for sha256 in &added.unused {
        app.templates.remove(sha256);
    }
    Ok(added.current)
}

pub(crate) async fn put_in_use(
    State(app): State<Arc<App>>,
    Caller(technician): Caller,
    Named(id): Named<TemplateId>,
) -> Result<Json<TemplateRecord>, Refusal> {
    app.store.write(move |change| acts::put_in_use(change, technician, id)).await?;
    one(&app, technician, id).await.map(Json)
}

pub(crate) async fn seen(State(app): State<Arc<App>>, Caller(technician): Caller) -> Result<Json<Templates>, Refusal> {
    app.store.write(move |change| acts::seen(change, technician).map_err(Refusal::from)).await?;
    list(State(app), Caller(technician)).await
}

pub(crate) async fn file(
    State(app): State<Arc<App>>,
    Caller(technician): Caller,
    Named(id): Named<TemplateId>,
) -> Result<Response, Refusal> {
    let template = one(&app, technician, id).await?;
    stream_of(app.templates.file(&template.sha256), template.size).await
}

async fn one(app: &App, technician: TechnicianId, id: TemplateId) -> Result<TemplateRecord, Refusal> {
    app.store.read(move |db| table::one(db, technician, id)).await?.ok_or_else(Refusal::not_found)
}

/// A file as an answer, read while it is sent.
pub(crate) async fn stream_of(path: PathBuf, size: u64) -> Result<Response, Refusal> {
    let file = File::open(path).await.map_err(|error| {
        tracing::error!(%error, "a template's file is not there");
        Refusal::new(ErrorCode::Internal, "the template's file is not there; upload it again")
    })?;
    let chunks = stream::try_unfold(file, |mut file| async move {
        let mut chunk = vec![0; CHUNK];
        let read = file.read(&mut chunk).await?;
        chunk.truncate(read);
        Ok::<_, std::io::Error>((read > 0).then(|| (Bytes::from(chunk), file)))
    });
    let mut response = HttpBody::from_stream(chunks).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(size));
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    Ok(response)
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Refusal> + Send + 'static) -> Result<T, Refusal> {
    tokio::task::spawn_blocking(work).await.unwrap_or(Err(UNDONE))
}

const UNDONE: Refusal = Refusal::new(ErrorCode::Internal, "the relay could not do this; see its log");

/// Takes up the program that lies beside the console of a relay inside; nothing is done if it is known.
pub(crate) async fn ship(app: &Arc<App>, path: PathBuf) -> Result<(), Refusal> {
    let _settling = app.templates.settling.lock().await;
    let known: Vec<Digest> =
        app.store.read(|db| Ok(table::in_use(db)?.into_iter().map(|template| template.sha256).collect())).await?;
    let of = Arc::clone(app);
    let arrived = blocking(move || {
        let hash = crate::templates::hash(&path).map_err(|error| {
            tracing::warn!(%error, "the helper beside the console cannot be read");
            Refusal::not_found()
        })?;
        if known.contains(&hash) { Ok(None) } else { of.templates.ship(&path).map(Some) }
    })
    .await?;
    match arrived {
        Some(arrived) => add(app, None, arrived).await.map(drop),
        None => Ok(()),
    }
}
