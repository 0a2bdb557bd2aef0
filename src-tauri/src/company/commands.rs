//! The commands of this part, as Tauri calls them.

#![allow(clippy::needless_pass_by_value, reason = "Tauri hands arguments over by value")]

use deskhand_protocol::{
    id::TechnicianId,
    key::PublicKey,
    record::TechnicianRecord,
    relay::settings::{News, RelaySettings, SettingsView},
    text::Name,
};
use tauri::State;

use crate::{
    archive,
    commands::{Answer, Desk},
    ipc::{BrowserCode, CompanyView, Imported, SavedTable, TechnicianInvited},
};

#[tauri::command]
pub(crate) async fn company(desk: State<'_, Desk>) -> Answer<CompanyView> {
    desk.console().company().await
}

#[tauri::command]
pub(crate) async fn certify(desk: State<'_, Desk>, technician: TechnicianRecord) -> Answer<CompanyView> {
    desk.console().certify(&technician).await
}

#[tauri::command]
pub(crate) async fn revoke_certificates(desk: State<'_, Desk>, technician: TechnicianId) -> Answer<CompanyView> {
    desk.console().revoke_certificates(technician).await
}

#[tauri::command]
pub(crate) async fn replace_company_key(desk: State<'_, Desk>) -> Answer<CompanyView> {
    desk.console().replace_company_key().await
}

#[tauri::command]
pub(crate) async fn trust_company(desk: State<'_, Desk>, key: PublicKey) -> Answer<CompanyView> {
    desk.console().trust_company(key).await
}

#[tauri::command]
pub(crate) async fn rename(desk: State<'_, Desk>, name: String, company: String) -> Answer<TechnicianRecord> {
    desk.console().rename(&name, &company).await
}

#[tauri::command]
pub(crate) fn fingerprint(desk: State<'_, Desk>) -> String {
    desk.console().fingerprint()
}

#[tauri::command]
pub(crate) async fn export_identity(desk: State<'_, Desk>, passphrase: String) -> Answer<SavedTable> {
    desk.console().export_identity(passphrase, &archive::downloads()).await
}

#[tauri::command]
pub(crate) async fn import_identity(desk: State<'_, Desk>, file: String, passphrase: String) -> Answer<Imported> {
    desk.console().import_identity(file, passphrase).await
}

#[tauri::command]
pub(crate) async fn invite_technician(desk: State<'_, Desk>) -> Answer<TechnicianInvited> {
    desk.console().invite_technician().await
}

#[tauri::command]
pub(crate) async fn browser_code(desk: State<'_, Desk>) -> Answer<BrowserCode> {
    desk.console().browser_code().await
}

#[tauri::command]
pub(crate) async fn relay_settings(desk: State<'_, Desk>) -> Answer<SettingsView> {
    desk.console().relay_settings().await
}

#[tauri::command]
pub(crate) async fn choose_settings(desk: State<'_, Desk>, settings: RelaySettings) -> Answer<SettingsView> {
    desk.console().choose_settings(&settings).await
}

#[tauri::command]
pub(crate) async fn news(desk: State<'_, Desk>) -> Answer<News> {
    desk.console().news().await
}

#[tauri::command]
pub(crate) async fn news_seen(desk: State<'_, Desk>, version: Name) -> Answer<News> {
    desk.console().news_seen(version).await
}

#[tauri::command]
pub(crate) fn choose_notices(desk: State<'_, Desk>, requests: bool, waiting: bool, is_waiting: String, calls: String) {
    desk.console().choose_notices(requests, waiting, &is_waiting, &calls);
}
