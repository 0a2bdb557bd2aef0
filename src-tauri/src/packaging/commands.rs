//! The commands of this part, as Tauri calls them.

#![allow(clippy::needless_pass_by_value, reason = "Tauri hands arguments over by value")]

use deskhand_protocol::{
    id::{RecordId, SessionId, TemplateId},
    package::brand::{Brand, Language},
    template::{HelpRequest, Platform, TemplateRecord},
};
use tauri::{
    State,
    ipc::{InvokeBody, Request},
};
use uuid::Uuid;

use super::Wrapping;
use crate::{
    archive,
    commands::{Answer, Desk},
    ipc::{InvitationView, IpcError, IpcErrorCode, SavedPackage},
};

#[tauri::command]
pub(crate) async fn templates(desk: State<'_, Desk>) -> Answer<Vec<TemplateRecord>> {
    desk.console().templates().await
}

#[tauri::command]
pub(crate) async fn templates_seen(desk: State<'_, Desk>) -> Answer<Vec<TemplateRecord>> {
    desk.console().templates_seen().await
}

#[tauri::command]
pub(crate) async fn begin_upload(desk: State<'_, Desk>, size: u64) -> Answer<TemplateId> {
    desk.console().begin_upload(size).await
}

/// The raw body: the upload's id (16 bytes), where the part begins (8 bytes, big endian), the part.
#[tauri::command]
pub(crate) async fn upload_part(desk: State<'_, Desk>, request: Request<'_>) -> Answer<u64> {
    let wrong = || IpcError::of(IpcErrorCode::BadInput, "the body must be an id, an offset and a part");
    let InvokeBody::Raw(body) = request.body() else { return Err(wrong()) };
    let (id, rest) = body.split_first_chunk::<16>().ok_or_else(wrong)?;
    let (at, part) = rest.split_first_chunk::<8>().ok_or_else(wrong)?;
    let id = TemplateId::from_uuid(Uuid::from_bytes(*id));
    desk.console().upload_part(id, u64::from_be_bytes(*at), part.to_vec()).await
}

#[tauri::command]
pub(crate) async fn finish_upload(desk: State<'_, Desk>, id: TemplateId) -> Answer<TemplateRecord> {
    desk.console().finish_upload(id).await
}

#[tauri::command]
pub(crate) async fn use_template(desk: State<'_, Desk>, id: TemplateId) -> Answer<TemplateRecord> {
    desk.console().use_template(id).await
}

#[tauri::command]
pub(crate) async fn save_package(
    desk: State<'_, Desk>,
    session: SessionId,
    platform: Option<Platform>,
    message: Option<String>,
    language: Option<Language>,
) -> Answer<SavedPackage> {
    let wrapping = Wrapping::read(platform, message.as_deref(), language)?;
    desk.console().save_package(session, &archive::downloads(), desk.helper(), wrapping).await
}

#[tauri::command]
pub(crate) async fn save_program(
    desk: State<'_, Desk>,
    session: SessionId,
    platform: Option<Platform>,
) -> Answer<SavedPackage> {
    desk.console().save_program(session, &archive::downloads(), desk.helper(), platform).await
}

#[tauri::command]
pub(crate) async fn requests(desk: State<'_, Desk>) -> Answer<Vec<HelpRequest>> {
    desk.console().requests().await
}

#[tauri::command]
pub(crate) async fn take_request(desk: State<'_, Desk>, id: RecordId) -> Answer<InvitationView> {
    desk.console().take_request(id).await
}

#[tauri::command]
pub(crate) async fn put_request_aside(desk: State<'_, Desk>, id: RecordId) -> Answer<Vec<HelpRequest>> {
    desk.console().put_request_aside(id).await
}

#[tauri::command]
pub(crate) async fn brand(desk: State<'_, Desk>) -> Answer<Brand> {
    desk.console().brand().await
}

#[tauri::command]
pub(crate) async fn set_brand(desk: State<'_, Desk>, brand: Brand) -> Answer<Brand> {
    desk.console().set_brand(&brand).await
}

/// Opens the mail program with a draft; only `mailto:` is opened.
#[tauri::command]
pub(crate) fn open_mail(draft: String) -> Answer<()> {
    if !draft.starts_with("mailto:") || draft.len() > 8_000 || draft.chars().any(|c| c.is_control() || c == '"') {
        return Err(IpcError::of(IpcErrorCode::BadInput, "only a mail draft is opened"));
    }
    crate::commands::open_with_system(std::ffi::OsStr::new(&draft))
}
