//! The technician himself: what he is called, and his identity carried to another computer and back.

use std::{path::Path, sync::Arc};

use deskhand_link::{
    entropy::Entropy,
    identity::Identity,
    relay::{ConsoleHttp, HttpError},
};
use deskhand_protocol::{
    record::TechnicianRecord,
    relay::{
        settings::{News, NewsSeen, RelaySettings, Rename, SettingsView},
        setup::SetupToken,
    },
    text::Name,
};
use zeroize::Zeroizing;

use crate::{
    console::{Console, name_of},
    home::Joined,
    identity_file::{self, FILE_BYTES, IdentityFileError, Kept},
    ipc::{BrowserCode, Imported, IpcError, IpcErrorCode, SavedTable, TechnicianInvited},
    keys::{self, Whose},
    seat::lock,
    table,
};

impl From<IdentityFileError> for IpcError {
    fn from(error: IdentityFileError) -> Self {
        let code = match error {
            IdentityFileError::Foreign => IpcErrorCode::NotAnIdentity,
            IdentityFileError::Wrong => IpcErrorCode::WrongPassphrase,
            IdentityFileError::TooShort => IpcErrorCode::BadInput,
            IdentityFileError::Seal => IpcErrorCode::Internal,
        };
        Self::of(code, error.to_string())
    }
}

fn internal(error: &dyn std::fmt::Display) -> IpcError {
    IpcError::of(IpcErrorCode::Internal, error.to_string())
}

/// Every method fails with [`IpcErrorCode::RelayAway`] or [`IpcErrorCode::RelayRefused`], and besides as it says.
impl Console {
    /// What the technician is called from now on. Sessions that were keep the name that he had.
    ///
    /// # Errors
    ///
    /// [`IpcErrorCode::BadInput`].
    pub async fn rename(&self, name: &str, company: &str) -> Result<TechnicianRecord, IpcError> {
        let names = Rename { name: name_of(name)?, company: name_of(company)? };
        let technician = self.shared.http().rename(&names).await?;
        let here = self.shared.here()?;
        if let Some(joined) = Joined::read(&here)? {
            Joined { technician: technician.clone(), ..joined }.write(&here)?;
        }
        self.shared.set_technician(technician.clone());
        // Who he is to customers, and what the company says of him under that name.
        self.shared.tend_company().await;
        Ok(technician)
    }

    /// The technician's key as people compare it.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        self.shared.identity.public().fingerprint()
    }

    /// Writes the identity into a file in `folder`, sealed by a passphrase.
    ///
    /// # Errors
    ///
    /// [`IpcErrorCode::BadInput`] for a passphrase that is too short, [`IpcErrorCode::CannotWrite`].
    pub async fn export_identity(&self, passphrase: String, folder: &Path) -> Result<SavedTable, IpcError> {
        let passphrase = Zeroizing::new(passphrase);
        let kept = Kept {
            technician: (*self.shared.identity).clone(),
            company: self.shared.own_company_key(),
            relay: Joined::read(&self.shared.here()?)?,
        };
        let mut entropy = Entropy::from_system().map_err(|error| internal(&error))?;
        let random = [entropy.array(), entropy.array()];
        let folder = folder.to_path_buf();
        let saved = tokio::task::spawn_blocking(move || {
            let file = identity_file::seal(&kept, &passphrase, random)?;
            let path = table::save(&folder, "identity", "json", &file)
                .map_err(|error| IpcError::of(IpcErrorCode::CannotWrite, error.to_string()))?;
            Ok::<_, IpcError>((path, file.len()))
        });
        let (path, size) = saved.await.map_err(|error| internal(&error))??;
        lock(&self.shared.saved).insert(path.clone());
        Ok(SavedTable { path: path.display().to_string(), bytes: u32::try_from(size).unwrap_or(u32::MAX) })
    }

    /// Takes up an identity that was exported; it holds from the next start. At the first start it brings its relay along;
    /// later only one that the relay knows is taken, so that nobody locks himself out.
    ///
    /// # Errors
    ///
    /// [`IpcErrorCode::NotAnIdentity`], [`IpcErrorCode::WrongPassphrase`], [`IpcErrorCode::UnknownIdentity`],
    /// [`IpcErrorCode::CannotWrite`].
    pub async fn import_identity(&self, file: String, passphrase: String) -> Result<Imported, IpcError> {
        if file.len() > FILE_BYTES {
            return Err(IdentityFileError::Foreign.into());
        }
        let (file, passphrase) = (Zeroizing::new(file), Zeroizing::new(passphrase));
        let opened = tokio::task::spawn_blocking(move || identity_file::open(file.as_bytes(), &passphrase));
        let Kept { technician, company, relay } = opened.await.map_err(|error| internal(&error))??;
        let key = technician.public();
        let known = self.shared.technician().is_some();
        if known {
            self.is_known(&technician).await?;
        }
        let brings_company = match &company {
            Some(company) => !known || self.shared.is_company(&company.public()),
            None => false,
        };
        self.keep_key(Whose::Technician, technician).await?;
        if let Some(company) = company.filter(|_| brings_company) {
            let key = company.public();
            self.keep_key(Whose::Company, company).await?;
            // Whatever a relay says first on this computer.
            self.shared.believe_company(key);
        }
        if let Some(relay) = relay.as_ref().filter(|_| !known) {
            relay.write(self.shared.folder.path())?;
        }
        Ok(Imported { fingerprint: key.fingerprint(), company: brings_company, relay: !known && relay.is_some() })
    }

    /// Whether the relay knows an identity. Its own name for it does not count.
    async fn is_known(&self, identity: &Identity) -> Result<(), IpcError> {
        let route = self.shared.http().route().clone();
        let http = ConsoleHttp::new(route, Arc::new(identity.clone())).map_err(|error| internal(&error))?;
        match http.sign_in().await {
            Ok(_) => Ok(()),
            Err(HttpError::Refused(refusal)) => Err(IpcError::of(IpcErrorCode::UnknownIdentity, refusal.detail)),
            Err(error) => Err(error.into()),
        }
    }

    async fn keep_key(&self, whose: Whose, identity: Identity) -> Result<(), IpcError> {
        let (folder, ring) = (self.shared.folder.path().to_path_buf(), self.shared.keyring.clone());
        let kept = tokio::task::spawn_blocking(move || keys::keep(&folder, ring.0, whose, &identity)).await;
        let cannot = |error: &dyn std::fmt::Display| IpcError::of(IpcErrorCode::CannotWrite, error.to_string());
        kept.map_err(|error| cannot(&error))?.map(drop).map_err(|error| cannot(&error))
    }

    /// An invitation for a colleague's console: what he types at its first start.
    ///
    /// # Errors
    ///
    /// As all.
    pub async fn invite_technician(&self) -> Result<TechnicianInvited, IpcError> {
        let home = self.shared.home();
        let invitation = home.http.invite_technician().await?;
        let elsewhere = home.joined_address();
        let token = SetupToken { token: invitation.token, pin: elsewhere.and_then(|_| home.pin()) };
        let address = elsewhere.unwrap_or_else(|| home.address()).to_string();
        let hours = u32::try_from(invitation.life_ms / 3_600_000).unwrap_or(u32::MAX);
        Ok(TechnicianInvited { address, token: token.to_string(), hours, only_here: elsewhere.is_none() })
    }

    /// A code with which this technician gets a sign-in for his browser, or another password.
    ///
    /// # Errors
    ///
    /// As all.
    pub async fn browser_code(&self) -> Result<BrowserCode, IpcError> {
        let home = self.shared.home();
        let nobody = || IpcError::of(IpcErrorCode::RelayRefused, "there is nobody yet who could sign in");
        let technician = self.shared.technician().ok_or_else(nobody)?;
        let invitation = home.http.browser_code(technician.id).await?;
        let address = home.joined_address().unwrap_or_else(|| home.address());
        let hours = u32::try_from(invitation.life_ms / 3_600_000).unwrap_or(u32::MAX);
        Ok(BrowserCode { address: format!("{address}/console/"), code: invitation.token, hours })
    }

    /// What the owner has chosen for the relay.
    ///
    /// # Errors
    ///
    /// As all.
    pub async fn relay_settings(&self) -> Result<SettingsView, IpcError> {
        Ok(self.shared.http().settings().await?)
    }

    /// The owner chooses.
    ///
    /// # Errors
    ///
    /// [`IpcErrorCode::BadInput`].
    pub async fn choose_settings(&self, settings: &RelaySettings) -> Result<SettingsView, IpcError> {
        settings.check().map_err(|error| IpcError::of(IpcErrorCode::BadInput, error.to_string()))?;
        Ok(self.shared.http().choose(settings).await?)
    }

    /// What is new.
    ///
    /// # Errors
    ///
    /// As all.
    pub async fn news(&self) -> Result<News, IpcError> {
        Ok(self.shared.http().news().await?)
    }

    /// The technician has been told of a version.
    ///
    /// # Errors
    ///
    /// As all.
    pub async fn news_seen(&self, version: Name) -> Result<News, IpcError> {
        Ok(self.shared.http().news_seen(&NewsSeen { version }).await?)
    }
}
