//! What a console asks of a relay for its company's sake, and of its settings. Bodies are those of [`deskhand_protocol::company`]; what
//! comes back are public keys and certificates, which the caller checks.

use deskhand_protocol::{
    company::{CompanyRecord, NewCertificate, NewCompanyKey, TechnicianInvitation},
    id::TechnicianId,
    record::TechnicianRecord,
    relay::settings::{News, NewsSeen, RelaySettings, Rename, SettingsView},
};
use reqwest::Method;

use super::http::{ConsoleHttp, HttpError};

impl ConsoleHttp {
    /// The company's key, and everybody who works there.
    ///
    /// # Errors
    ///
    /// [`HttpError`].
    pub async fn company(&self) -> Result<CompanyRecord, HttpError> {
        self.get("company").await
    }

    /// Brings the company's key.
    ///
    /// # Errors
    ///
    /// [`HttpError`]; refused with [`Conflict`](deskhand_protocol::error::ErrorCode::Conflict) when there is another
    /// than the one it replaces.
    pub async fn set_company_key(&self, new: &NewCompanyKey) -> Result<CompanyRecord, HttpError> {
        self.post("company", new).await
    }

    /// Hands in a certificate.
    ///
    /// # Errors
    ///
    /// [`HttpError`].
    pub async fn certify(&self, new: &NewCertificate) -> Result<CompanyRecord, HttpError> {
        self.post("company/certificates", new).await
    }

    /// Revokes every certificate of a technician.
    ///
    /// # Errors
    ///
    /// [`HttpError`]; refused with [`NotFound`](deskhand_protocol::error::ErrorCode::NotFound) when he has none.
    pub async fn revoke_certificates(&self, technician: TechnicianId) -> Result<CompanyRecord, HttpError> {
        self.signed(Method::POST, &format!("company/people/{technician}/revoke"), None::<&()>).await
    }
}

/// What the owner has chosen for the relay, and what is new. Bodies are those of
/// [`deskhand_protocol::relay::settings`].
impl ConsoleHttp {
    /// An invitation for somebody to join as a technician.
    ///
    /// # Errors
    ///
    /// [`HttpError`].
    pub async fn invite_technician(&self) -> Result<TechnicianInvitation, HttpError> {
        self.signed(Method::POST, "company/invitations", None::<&()>).await
    }

    /// A code with which a technician gets a sign-in for his browser, or another password.
    ///
    /// # Errors
    ///
    /// [`HttpError`]; refused with [`NotFound`](deskhand_protocol::error::ErrorCode::NotFound) where browsers get no
    /// console.
    pub async fn browser_code(&self, technician: TechnicianId) -> Result<TechnicianInvitation, HttpError> {
        self.signed(Method::POST, &format!("company/people/{technician}/browser"), None::<&()>).await
    }

    /// What the owner has chosen, and how it does.
    ///
    /// # Errors
    ///
    /// [`HttpError`].
    pub async fn settings(&self) -> Result<SettingsView, HttpError> {
        self.get("settings").await
    }

    /// The owner chooses.
    ///
    /// # Errors
    ///
    /// [`HttpError`].
    pub async fn choose(&self, settings: &RelaySettings) -> Result<SettingsView, HttpError> {
        self.post("settings", settings).await
    }

    /// What is new.
    ///
    /// # Errors
    ///
    /// [`HttpError`].
    pub async fn news(&self) -> Result<News, HttpError> {
        self.get("news").await
    }

    /// This technician has been told of a version.
    ///
    /// # Errors
    ///
    /// [`HttpError`].
    pub async fn news_seen(&self, seen: &NewsSeen) -> Result<News, HttpError> {
        self.post("news/read", seen).await
    }

    /// What this technician is called from now on.
    ///
    /// # Errors
    ///
    /// [`HttpError`].
    pub async fn rename(&self, names: &Rename) -> Result<TechnicianRecord, HttpError> {
        self.post("me", names).await
    }
}
