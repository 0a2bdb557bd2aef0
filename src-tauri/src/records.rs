//! Finding, editing, counting and handing out what the relay keeps: each asks the relay and passes its answer on.

use std::path::Path;

use deskhand_link::relay::HttpError;
use deskhand_protocol::{
    error::ErrorCode,
    id::{DeviceId, SessionId},
    record::{DeviceRecord, SessionEventRecord, SessionRecord},
    relay::records::{
        AuditExport, AuditFilter, AuditPage, AuditQuery, DeviceEdit, Export, Facets, SessionEdit, SessionFilter,
        SessionPage, SessionQuery, Statistics, StatisticsQuery, TableFormat, TimelineEntry, TimelinePlace,
    },
    text::Name,
};

use crate::{
    console::Console,
    ipc::{IpcError, IpcErrorCode, SavedTable},
    seat::lock,
    table,
};

/// A refusal because something is still under way has words of its own.
fn in_session(error: HttpError) -> IpcError {
    if error.code() == Some(ErrorCode::Conflict) {
        return IpcError::of(IpcErrorCode::InSession, error.to_string());
    }
    error.into()
}

/// Every method fails with [`IpcErrorCode::RelayAway`], [`IpcErrorCode::RelayRefused`] or [`IpcErrorCode::BadInput`],
/// and besides as it says.
impl Console {
    /// A page of sessions, searched and sorted.
    ///
    /// # Errors
    ///
    /// [`IpcErrorCode::UnknownSession`] when the one that the page begins behind is gone.
    pub async fn search_sessions(&self, query: &SessionQuery) -> Result<SessionPage, IpcError> {
        Ok(self.shared.http().search_sessions(query).await?)
    }

    /// Changes tags or notes of a session.
    ///
    /// # Errors
    ///
    /// [`IpcErrorCode::UnknownSession`].
    pub async fn edit_session(&self, session: SessionId, edit: &SessionEdit) -> Result<SessionRecord, IpcError> {
        Ok(self.shared.http().edit_session(session, edit).await?)
    }

    /// Deletes a session that is over.
    ///
    /// # Errors
    ///
    /// [`IpcErrorCode::InSession`] while it is not.
    pub async fn delete_session(&self, session: SessionId) -> Result<(), IpcError> {
        self.shared.http().delete_session(session).await.map(drop).map_err(in_session)
    }

    /// What happened in a session, in order.
    ///
    /// # Errors
    ///
    /// [`IpcErrorCode::UnknownSession`].
    pub async fn session_events(&self, session: SessionId) -> Result<Vec<SessionEventRecord>, IpcError> {
        Ok(self.shared.http().events(session).await?)
    }

    /// What there is to choose from in filters.
    ///
    /// # Errors
    ///
    /// As all.
    pub async fn facets(&self) -> Result<Facets, IpcError> {
        Ok(self.shared.http().facets().await?)
    }

    /// A page of devices by id.
    ///
    /// # Errors
    ///
    /// As all.
    pub async fn devices(&self, limit: u32, after: Option<DeviceId>) -> Result<Vec<DeviceRecord>, IpcError> {
        Ok(self.shared.http().devices(limit, after).await?)
    }

    /// Changes devices in the same way, all or none.
    ///
    /// # Errors
    ///
    /// As all.
    pub async fn edit_devices(&self, devices: Vec<DeviceId>, edit: DeviceEdit) -> Result<u32, IpcError> {
        Ok(self.shared.http().edit_devices(devices, edit).await?.changed)
    }

    /// Removes devices, all or none.
    ///
    /// # Errors
    ///
    /// [`IpcErrorCode::InSession`] while one is in a session.
    pub async fn remove_devices(&self, devices: Vec<DeviceId>) -> Result<u32, IpcError> {
        self.shared.http().remove_devices(devices).await.map(|gone| gone.removed).map_err(in_session)
    }

    /// What happened on a device, newest first, behind a place.
    ///
    /// # Errors
    ///
    /// As all.
    pub async fn timeline(
        &self,
        device: DeviceId,
        before: Option<TimelinePlace>,
    ) -> Result<Vec<TimelineEntry>, IpcError> {
        Ok(self.shared.http().timeline(device, before).await?.entries)
    }

    /// Figures of a period.
    ///
    /// # Errors
    ///
    /// As all.
    pub async fn statistics(&self, query: &StatisticsQuery) -> Result<Statistics, IpcError> {
        Ok(self.shared.http().statistics(query).await?)
    }

    /// Writes sessions as a table into `folder`.
    ///
    /// # Errors
    ///
    /// [`IpcErrorCode::CannotWrite`].
    pub async fn export_sessions(
        &self,
        filter: SessionFilter,
        format: TableFormat,
        headings: Vec<Name>,
        folder: &Path,
    ) -> Result<SavedTable, IpcError> {
        let bytes = self.shared.http().export_sessions(&Export { filter, format, headings }).await?;
        let ending = match format {
            TableFormat::Csv => "csv",
            TableFormat::Xlsx => "xlsx",
        };
        self.save_table(folder, "sessions", ending, bytes).await
    }

    /// A page of the audit log, searched.
    ///
    /// # Errors
    ///
    /// As all.
    pub async fn search_audit(&self, query: &AuditQuery) -> Result<AuditPage, IpcError> {
        Ok(self.shared.http().search_audit(query).await?)
    }

    /// Writes rows of the audit log as a table into `folder`.
    ///
    /// # Errors
    ///
    /// [`IpcErrorCode::CannotWrite`].
    pub async fn export_audit(
        &self,
        filter: AuditFilter,
        headings: Vec<Name>,
        folder: &Path,
    ) -> Result<SavedTable, IpcError> {
        let bytes = self.shared.http().export_audit(&AuditExport { filter, headings }).await?;
        self.save_table(folder, "audit", "csv", bytes).await
    }

    async fn save_table(
        &self,
        folder: &Path,
        what: &'static str,
        ending: &'static str,
        bytes: Vec<u8>,
    ) -> Result<SavedTable, IpcError> {
        let (folder, size) = (folder.to_path_buf(), u32::try_from(bytes.len()).unwrap_or(u32::MAX));
        let written = tokio::task::spawn_blocking(move || table::save(&folder, what, ending, &bytes)).await;
        let path = written
            .map_err(|error| IpcError::of(IpcErrorCode::Internal, error.to_string()))?
            .map_err(|error| IpcError::of(IpcErrorCode::CannotWrite, error.kind().to_string()))?;
        lock(&self.shared.saved).insert(path.clone());
        Ok(SavedTable { path: path.to_string_lossy().into_owned(), bytes: size })
    }
}

/// The same as Tauri calls it.
#[allow(clippy::needless_pass_by_value, reason = "Tauri hands arguments over by value")]
pub(crate) mod commands {
    use tauri::State;

    use super::*;
    use crate::{
        archive,
        commands::{Answer, Desk},
    };

    #[tauri::command]
    pub(crate) async fn search_sessions(desk: State<'_, Desk>, query: SessionQuery) -> Answer<SessionPage> {
        desk.console.search_sessions(&query).await
    }

    #[tauri::command]
    pub(crate) async fn edit_session(
        desk: State<'_, Desk>,
        session: SessionId,
        edit: SessionEdit,
    ) -> Answer<SessionRecord> {
        desk.console.edit_session(session, &edit).await
    }

    #[tauri::command]
    pub(crate) async fn delete_session(desk: State<'_, Desk>, session: SessionId) -> Answer<()> {
        desk.console.delete_session(session).await
    }

    #[tauri::command]
    pub(crate) async fn session_events(desk: State<'_, Desk>, session: SessionId) -> Answer<Vec<SessionEventRecord>> {
        desk.console.session_events(session).await
    }

    #[tauri::command]
    pub(crate) async fn export_sessions(
        desk: State<'_, Desk>,
        filter: SessionFilter,
        format: TableFormat,
        headings: Vec<Name>,
    ) -> Answer<SavedTable> {
        desk.console.export_sessions(filter, format, headings, &archive::downloads()).await
    }

    #[tauri::command]
    pub(crate) async fn facets(desk: State<'_, Desk>) -> Answer<Facets> {
        desk.console.facets().await
    }

    #[tauri::command]
    pub(crate) async fn devices(
        desk: State<'_, Desk>,
        after: Option<DeviceId>,
        limit: u32,
    ) -> Answer<Vec<DeviceRecord>> {
        desk.console.devices(limit, after).await
    }

    #[tauri::command]
    pub(crate) async fn edit_devices(desk: State<'_, Desk>, devices: Vec<DeviceId>, edit: DeviceEdit) -> Answer<u32> {
        desk.console.edit_devices(devices, edit).await
    }

    #[tauri::command]
    pub(crate) async fn remove_devices(desk: State<'_, Desk>, devices: Vec<DeviceId>) -> Answer<u32> {
        desk.console.remove_devices(devices).await
    }

    #[tauri::command]
    pub(crate) async fn timeline(
        desk: State<'_, Desk>,
        device: DeviceId,
        before: Option<TimelinePlace>,
    ) -> Answer<Vec<TimelineEntry>> {
        desk.console.timeline(device, before).await
    }

    #[tauri::command]
    pub(crate) async fn statistics(desk: State<'_, Desk>, query: StatisticsQuery) -> Answer<Statistics> {
        desk.console.statistics(&query).await
    }

    #[tauri::command]
    pub(crate) async fn search_audit(desk: State<'_, Desk>, query: AuditQuery) -> Answer<AuditPage> {
        desk.console.search_audit(&query).await
    }

    #[tauri::command]
    pub(crate) async fn export_audit(
        desk: State<'_, Desk>,
        filter: AuditFilter,
        headings: Vec<Name>,
    ) -> Answer<SavedTable> {
        desk.console.export_audit(filter, headings, &archive::downloads()).await
    }
}
