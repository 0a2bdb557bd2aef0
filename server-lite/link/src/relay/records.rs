//! The part of the relay's HTTP API that finds, edits, counts and hands out records. Bodies are those of
//! [`deskhand_protocol::relay::records`].

use deskhand_protocol::{
    id::{DeviceId, SessionId},
    record::{DeviceRecord, SessionRecord},
    relay::{
        http::Devices,
        records::{
            AuditExport, AuditPage, AuditQuery, Changed, DeviceEdit, DevicesEdit, DevicesRemove, Export, Facets,
            Removed, SessionEdit, SessionPage, SessionQuery, Statistics, StatisticsQuery, Timeline, TimelinePlace,
        },
    },
};
use reqwest::Method;

use super::http::{ConsoleHttp, HttpError};

/// Longest table: a hundred thousand rows of some hundred bytes.
const TABLE: usize = 128 * 1024 * 1024;

impl ConsoleHttp {
    /// A page of sessions, searched and sorted.
    ///
    /// # Errors
    ///
    /// [`HttpError`]; refused with [`NotFound`](deskhand_protocol::error::ErrorCode::NotFound) when the session that
    /// the page begins behind is gone.
    pub async fn search_sessions(&self, query: &SessionQuery) -> Result<SessionPage, HttpError> {
        self.post("sessions/search", query).await
    }

    /// Changes tags or notes of a session.
    ///
    /// # Errors
    ///
    /// [`HttpError`].
    pub async fn edit_session(&self, session: SessionId, edit: &SessionEdit) -> Result<SessionRecord, HttpError> {
        self.post(&format!("sessions/{session}/edit"), edit).await
    }

    /// Deletes a session that is over.
    ///
    /// # Errors
    ///
    /// [`HttpError`]; refused with [`Conflict`](deskhand_protocol::error::ErrorCode::Conflict) while it is not over.
    pub async fn delete_session(&self, session: SessionId) -> Result<Removed, HttpError> {
        self.signed(Method::POST, &format!("sessions/{session}/delete"), None::<&()>).await
    }

    /// What there is to choose from in filters.
    ///
    /// # Errors
    ///
    /// [`HttpError`].
    pub async fn facets(&self) -> Result<Facets, HttpError> {
        self.get("facets").await
    }

    /// A page of devices by id, behind `after`.
    ///
    /// # Errors
    ///
    /// [`HttpError`].
    pub async fn devices(&self, limit: u32, after: Option<DeviceId>) -> Result<Vec<DeviceRecord>, HttpError> {
        let after = after.map(|after| format!("&after={after}")).unwrap_or_default();
        self.get::<Devices>(&format!("devices?limit={limit}{after}")).await.map(|page| page.devices)
    }

    /// Changes devices in the same way, all or none.
    ///
    /// # Errors
    ///
    /// [`HttpError`].
    pub async fn edit_devices(&self, devices: Vec<DeviceId>, edit: DeviceEdit) -> Result<Changed, HttpError> {
        self.post("devices/edit", &DevicesEdit { devices, edit }).await
    }

    /// Removes devices, all or none; their sessions stay.
    ///
    /// # Errors
    ///
    /// [`HttpError`]; refused with [`Conflict`](deskhand_protocol::error::ErrorCode::Conflict) while one is in a session.
    pub async fn remove_devices(&self, devices: Vec<DeviceId>) -> Result<Removed, HttpError> {
        self.post("devices/remove", &DevicesRemove { devices }).await
    }

    /// What happened on a device, newest first, behind a place.
    ///
    /// # Errors
    ///
    /// [`HttpError`].
    pub async fn timeline(&self, device: DeviceId, before: Option<TimelinePlace>) -> Result<Timeline, HttpError> {
        let place = |TimelinePlace { at, session, seq }| format!("?before={}&session={session}&seq={seq}", at.0);
        let before = before.map(place).unwrap_or_default();
        self.get(&format!("devices/{device}/timeline{before}")).await
    }

    /// Figures of a period.
    ///
    /// # Errors
    ///
    /// [`HttpError`].
    pub async fn statistics(&self, query: &StatisticsQuery) -> Result<Statistics, HttpError> {
        self.post("statistics", query).await
    }

    /// Sessions as a table in a file.
    ///
    /// # Errors
    ///
    /// [`HttpError`].
    pub async fn export_sessions(&self, export: &Export) -> Result<Vec<u8>, HttpError> {
        self.file("sessions/export", export, TABLE).await
    }

    /// A page of the audit log, searched.
    ///
    /// # Errors
    ///
    /// [`HttpError`].
    pub async fn search_audit(&self, query: &AuditQuery) -> Result<AuditPage, HttpError> {
        self.post("audit/search", query).await
    }

    /// Rows of the audit log as a table in a file.
    ///
    /// # Errors
    ///
    /// [`HttpError`].
    pub async fn export_audit(&self, export: &AuditExport) -> Result<Vec<u8>, HttpError> {
        self.file("audit/export", export, TABLE).await
    }
}
