//! What a customer is sent: templates of his program from the relay, packages and named programs made of them, the
//! company's brand, and people who ask for help without a code.
//!
//! A template is fetched once and kept in the data folder under its hash; the relay's word for it is checked against
//! the bytes. It is packed as it is.

pub mod commands;
mod ship;

use std::{
    fs::{self, File},
    io::BufWriter,
    path::{Path, PathBuf},
    time::Duration,
};

use deskhand_link::relay::HttpError;
use deskhand_protocol::{
    code::RelayAddress,
    error::ErrorCode,
    id::{RecordId, SessionId, TemplateId},
    limit,
    package::{
        brand::{Brand, Language},
        name::{CallName, KeyTag},
    },
    template::{HelpRequest, NewUpload, Platform, RequestAnswer, RequestLink, TemplateRecord, Upload},
    text::ChatText,
};

use crate::{
    archive,
    console::{Console, Shared},
    ipc::{InvitationView, IpcError, IpcErrorCode, SavedPackage},
    seat::lock,
    sessions::OWN,
};

/// What goes into a package besides the invitation.
#[derive(Debug, Clone, Default)]
pub struct Wrapping {
    /// For which computer; the console's own kind if nothing is said.
    pub platform: Option<Platform>,
    /// A line to the customer.
    pub message: Option<ChatText>,
    /// In which language the helper begins.
    pub language: Option<Language>,
}

impl Wrapping {
    /// Reads what the page says.
    ///
    /// # Errors
    ///
    /// [`IpcErrorCode::BadInput`].
    pub fn read(
        platform: Option<Platform>,
        message: Option<&str>,
        language: Option<Language>,
    ) -> Result<Self, IpcError> {
        let message = message.map(str::trim).filter(|message| !message.is_empty());
        let message = message
            .map(|message| {
                if message.chars().count() > limit::PROBLEM_CHARS {
                    return Err(IpcError::of(IpcErrorCode::BadInput, "the message is too long"));
                }
                ChatText::new(message).map_err(|error| IpcError::of(IpcErrorCode::BadInput, error.to_string()))
            })
            .transpose()?;
        Ok(Self { platform, message, language })
    }
}

impl Console {
    /// All templates, as this technician has seen them.
    ///
    /// # Errors
    ///
    /// [`IpcErrorCode::RelayAway`] or [`IpcErrorCode::RelayRefused`].
    pub async fn templates(&self) -> Result<Vec<TemplateRecord>, IpcError> {
        Ok(self.shared.http().templates().await?)
    }

    /// The technician has been shown what is in use.
    ///
    /// # Errors
    ///
    /// [`IpcErrorCode::RelayAway`] or [`IpcErrorCode::RelayRefused`].
    pub async fn templates_seen(&self) -> Result<Vec<TemplateRecord>, IpcError> {
        Ok(self.shared.http().templates_seen().await?)
    }

    /// Begins to upload a template.
    ///
    /// # Errors
    ///
    /// [`IpcErrorCode::TemplateTooLarge`], [`IpcErrorCode::RelayAway`] or [`IpcErrorCode::RelayRefused`].
    pub async fn begin_upload(&self, size: u64) -> Result<TemplateId, IpcError> {
        let begun = self.shared.http().begin_upload(&NewUpload { size, shipped: false }).await;
        begun.map(|upload| upload.id).map_err(too_large)
    }

    /// Sends a part of a template; the answer says where the next one begins.
    ///
    /// # Errors
    ///
    /// [`IpcErrorCode::UnknownUpload`], [`IpcErrorCode::RelayAway`] or [`IpcErrorCode::RelayRefused`].
    pub async fn upload_part(&self, id: TemplateId, at: u64, part: Vec<u8>) -> Result<u64, IpcError> {
        let taken: Result<Upload, HttpError> = self.shared.http().upload_part(id, at, part).await;
        taken.map(|upload| upload.received).map_err(unknown_upload)
    }

    /// Finishes an upload: the relay says what it is and puts it in use.
    ///
    /// # Errors
    ///
    /// [`IpcErrorCode::NotAProgram`] and its like, [`IpcErrorCode::UnknownUpload`], [`IpcErrorCode::RelayAway`] or
    /// [`IpcErrorCode::RelayRefused`].
    pub async fn finish_upload(&self, id: TemplateId) -> Result<TemplateRecord, IpcError> {
        self.shared.http().finish_upload(id).await.map_err(unknown_upload)
    }

    /// Puts an earlier template back in use.
    ///
    /// # Errors
    ///
    /// [`IpcErrorCode::RelayAway`] or [`IpcErrorCode::RelayRefused`].
    pub async fn use_template(&self, id: TemplateId) -> Result<TemplateRecord, IpcError> {
        Ok(self.shared.http().use_template(id).await?)
    }

    /// Writes the support package of a session into `folder`.
    ///
    /// # Errors
    ///
    /// [`IpcErrorCode::UnknownSession`], [`IpcErrorCode::NoTemplate`], [`IpcErrorCode::NoHelperProgram`] or
    /// [`IpcErrorCode::CannotWrite`].
    pub async fn save_package(
        &self,
        session: SessionId,
        folder: &Path,
        helper: Option<PathBuf>,
        wrapping: Wrapping,
    ) -> Result<SavedPackage, IpcError> {
        let platform = wrapping.platform.unwrap_or(OWN);
        let brand = self.shared.brand().await;
        let support = self.shared.support_file(session, brand, wrapping.message, wrapping.language)?;
        let program = self.shared.program(platform, helper).await?;
        let folder = folder.to_path_buf();
        self.keep(move || archive::save(&folder, platform, &program, &support)).await
    }

    /// Writes the bare program into `folder`, under a name that says whom to call: the spoken code and the tag of this
    /// technician's key while the code is good, else both halves of the link.
    ///
    /// # Errors
    ///
    /// As [`save_package`](Self::save_package), and [`IpcErrorCode::NoNameForAddress`].
    pub async fn save_program(
        &self,
        session: SessionId,
        folder: &Path,
        helper: Option<PathBuf>,
        platform: Option<Platform>,
    ) -> Result<SavedPackage, IpcError> {
        let platform = platform.unwrap_or(OWN);
        let record = self.shared.http().session(session).await?;
        let name = self.shared.call_name(&record)?.write();
        let name = name.map_err(|error| IpcError::of(IpcErrorCode::NoNameForAddress, error.to_string()))?;
        let program = self.shared.program(platform, helper).await?;
        let folder = folder.to_path_buf();
        self.keep(move || archive::save_program(&folder, platform, &program, &name)).await
    }

    async fn keep(
        &self,
        save: impl FnOnce() -> Result<(PathBuf, u64), archive::ArchiveError> + Send + 'static,
    ) -> Result<SavedPackage, IpcError> {
        let (path, bytes) = tokio::task::spawn_blocking(save)
            .await
            .map_err(|error| IpcError::of(IpcErrorCode::Internal, error.to_string()))??;
        lock(&self.shared.saved).insert(path.clone());
        Ok(SavedPackage { path: path.to_string_lossy().into_owned(), bytes: u32::try_from(bytes).unwrap_or(u32::MAX) })
    }

    /// Requests for help that wait.
    ///
    /// # Errors
    ///
    /// [`IpcErrorCode::RelayAway`] or [`IpcErrorCode::RelayRefused`].
    pub async fn requests(&self) -> Result<Vec<HelpRequest>, IpcError> {
        Ok(self.shared.http().requests().await?)
    }

    /// Takes a request up: makes a session for it and lets the relay's page hand the link on.
    ///
    /// # Errors
    ///
    /// [`IpcErrorCode::RequestGone`] when somebody else was faster; then no session stays. Else as
    /// [`create_session`](Self::create_session).
    pub async fn take_request(&self, id: RecordId) -> Result<InvitationView, IpcError> {
        let request = self.requests().await?.into_iter().find(|request| request.id == id).ok_or_else(gone)?;
        let invitation = self.create_for_request(request.name.as_str()).await?;
        let session = invitation.session.id;
        let link = lock(&self.shared.vault).get(session).and_then(|entry| entry.link.as_ref()?.invitation().ok());
        let link =
            link.map(|link| RequestLink { finder: link.finder.clone(), secret: link.secret.reveal().to_owned() });
        match self.shared.http().answer_request(id, &RequestAnswer { link }).await {
            Ok(_) => Ok(invitation),
            Err(error) => {
                self.end_session(session).await?;
                Err(if error.code() == Some(ErrorCode::NotFound) { gone() } else { error.into() })
            }
        }
    }

    /// Puts a request aside: its page says that nobody can take it up.
    ///
    /// # Errors
    ///
    /// [`IpcErrorCode::RequestGone`], [`IpcErrorCode::RelayAway`] or [`IpcErrorCode::RelayRefused`].
    pub async fn put_request_aside(&self, id: RecordId) -> Result<Vec<HelpRequest>, IpcError> {
        let answered = self.shared.http().answer_request(id, &RequestAnswer { link: None }).await;
        answered.map_err(|error| if error.code() == Some(ErrorCode::NotFound) { gone() } else { error.into() })
    }

    /// How the company wants to be recognised.
    ///
    /// # Errors
    ///
    /// [`IpcErrorCode::RelayAway`] or [`IpcErrorCode::RelayRefused`].
    pub async fn brand(&self) -> Result<Brand, IpcError> {
        Ok(self.shared.http().brand().await?)
    }

    /// Changes it.
    ///
    /// # Errors
    ///
    /// [`IpcErrorCode::RelayAway`] or [`IpcErrorCode::RelayRefused`].
    pub async fn set_brand(&self, brand: &Brand) -> Result<Brand, IpcError> {
        Ok(self.shared.http().set_brand(brand).await?)
    }
}

impl Shared {
    /// The brand, or none while the relay cannot be asked: a package works without.
    async fn brand(&self) -> Option<Brand> {
        self.http().brand().await.ok().filter(|brand| !brand.is_empty())
    }

    /// The program for a platform: the relay's template in use, else, for this computer's own kind, the helper beside
    /// this program.
    async fn program(&self, platform: Platform, helper: Option<PathBuf>) -> Result<PathBuf, IpcError> {
        let listed = self.http().templates().await;
        let current = listed.as_ref().ok().and_then(|templates| {
            templates.iter().find(|template| template.platform == platform && template.current).cloned()
        });
        match current {
            Some(template) => self.fetched(&template).await,
            None if platform == OWN => Ok(archive::find_helper(helper)?),
            None => match listed {
                Ok(_) => Err(IpcError::of(IpcErrorCode::NoTemplate, "the relay has no program for this platform")),
                Err(error) => Err(error.into()),
            },
        }
    }

    /// A template's file in the data folder, fetched if it is not there.
    async fn fetched(&self, template: &TemplateRecord) -> Result<PathBuf, IpcError> {
        let refuse = |error: std::io::Error| IpcError::of(IpcErrorCode::CannotWrite, error.to_string());
        let folder = self.folder.path().join("templates");
        fs::create_dir_all(&folder).map_err(refuse)?;
        let path = place(&folder, template);
        if path.is_file() {
            return Ok(path);
        }
        // Others were replaced at the relay, or belong to another platform and come back quickly.
        for entry in fs::read_dir(&folder).map_err(refuse)?.flatten().filter(|entry| is_old(&entry.path())) {
            drop(fs::remove_file(entry.path()));
        }
        let aside = folder.join(format!("{}.part", uuid::Uuid::new_v4()));
        let mut file = BufWriter::new(File::create(&aside).map_err(refuse)?);
        let fetched = self.http().fetch_template(template, &mut file).await;
        let settled = fetched.map_err(IpcError::from).and_then(|()| {
            let file = file.into_inner().map_err(|error| refuse(error.into_error()))?;
            file.sync_all().and_then(|()| fs::rename(&aside, &path)).map_err(refuse)
        });
        if settled.is_err() {
            drop(fs::remove_file(&aside));
        }
        settled.map(|()| path)
    }

    /// What the name of a bare program says.
    fn call_name(&self, record: &deskhand_protocol::record::SessionRecord) -> Result<CallName, IpcError> {
        let view = self.view(record.clone())?;
        let home = self.home();
        let relay: RelayAddress = home.public_addresses().into_iter().next().unwrap_or_else(|| home.address().clone());
        if let Some(Ok(invitation)) = view.code.as_deref().map(str::parse) {
            let technician = KeyTag::of(&self.identity.public());
            return Ok(CallName::Spoken { relay, invitation, technician });
        }
        let link = lock(&self.vault).get(record.id).and_then(|entry| entry.link.as_ref()?.invitation().ok());
        let unknown = || IpcError::of(IpcErrorCode::UnknownSession, "this console does not know the session's secret");
        Ok(CallName::Link { relay, invitation: link.ok_or_else(unknown)? })
    }
}

/// Where a template lies: by the hash its bytes are checked against, never by a text of the relay.
fn place(folder: &Path, template: &TemplateRecord) -> PathBuf {
    folder.join(template.sha256.hex())
}

/// Whether a kept file is older than a month.
fn is_old(path: &Path) -> bool {
    let age = fs::metadata(path).and_then(|meta| meta.modified()).ok().and_then(|at| at.elapsed().ok());
    age.is_some_and(|age| age > Duration::from_secs(30 * 24 * 3_600))
}

fn gone() -> IpcError {
    IpcError::of(IpcErrorCode::RequestGone, "the request was taken up or put aside by somebody else")
}

fn too_large(error: HttpError) -> IpcError {
    if error.code() == Some(ErrorCode::TooLarge) {
        IpcError::of(IpcErrorCode::TemplateTooLarge, error.to_string())
    } else {
        error.into()
    }
}

fn unknown_upload(error: HttpError) -> IpcError {
    if error.code() == Some(ErrorCode::NotFound) {
        IpcError::of(IpcErrorCode::UnknownUpload, error.to_string())
    } else {
        error.into()
    }
}

#[cfg(test)]
mod tests {
    use deskhand_protocol::{UnixMillis, key::Digest, text::Name};

    use super::*;

    #[test]
    fn a_template_lies_in_its_folder_whatever_the_relay_calls_it() {
        let template = TemplateRecord {
            id: TemplateId::from_uuid(uuid::Uuid::nil()),
            platform: OWN,
            version: Name::lossy("1.0.0"),
            size: 1,
            sha256: Digest([0xab; 32]),
            sha256_hex: "../../evil".to_owned(),
            added_at: UnixMillis(0),
            added_by: Name::default(),
            shipped: false,
            current: true,
            seen: true,
        };
        let folder = Path::new("templates");
        assert_eq!(place(folder, &template), folder.join("ab".repeat(32)));
    }
}
