//! The company's key on its owner's computer, what it says of technicians, and what this console believes of it.
//!
//! Decides whom the key certifies: the owner himself, whoever he has clicked on with the key before his eyes, and those
//! again before their time is over. Nobody else, whatever the relay says: it names the keys, and could name its own.
//!
//! # Invariants
//!
//! - The company's private key is used in this module, on the owner's computer, and is never sent anywhere.
//! - A certificate is made anew by itself only for a key and names that the owner has certified on this computer.
//! - The company's key is the one that this console met first; another one counts after a click.
//! - A certificate is shown to customers only while it is good.

pub(crate) mod commands;

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use deskhand_link::{company, identity::Identity, relay::HttpError};
use deskhand_protocol::{
    UnixMillis,
    call::signal::{Introduction, Seat},
    company::{Certified, CompanyRecord, NewCertificate, NewCompanyKey, Person, SealedCertificate},
    error::ErrorCode,
    id::{CertificateId, TechnicianId},
    key::PublicKey,
    record::TechnicianRecord,
    text::Name,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    console::{Console, Shared},
    folder::write_private,
    ipc::{CompanyView, ConsoleEvent, IpcError, IpcErrorCode, KeyHere, PersonView, Standing},
    keys::{self, KeyPlace, Whose},
    seat::lock,
    sessions::now,
};

const FILE: &str = "company.json";
const VERSION: u32 = 1;
/// A certificate is made anew when so much of its life is left: two thirds.
const RENEW: Duration = Duration::from_secs(60 * 24 * 3600);
/// How soon one for the same technician is made again, whatever the relay says of the last.
const AGAIN: Duration = Duration::from_secs(60);
/// What is remembered of certificates that were made: more than a company has technicians.
const ISSUED: usize = 1_000;

/// What this computer keeps of the company, besides its key.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Kept {
    version: u32,
    /// The company's key as this console met it first, or as its technician has chosen since.
    trusted: Option<PublicKey>,
    /// Whom the owner has certified here and not revoked since.
    issued: Vec<Issued>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Issued {
    company: PublicKey,
    technician: PublicKey,
    name: Name,
    company_name: Name,
}

impl Issued {
    fn to(technician: &TechnicianRecord, company: PublicKey) -> Self {
        Self {
            company,
            technician: technician.key,
            name: technician.name.clone(),
            company_name: technician.company.clone(),
        }
    }

    fn of(certified: &Certified) -> Self {
        Self {
            company: certified.company,
            technician: certified.technician,
            name: certified.name.clone(),
            company_name: certified.company_name.clone(),
        }
    }
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Company {
    kept: Kept,
    path: PathBuf,
    /// As the relay has it.
    record: CompanyRecord,
    /// The private half, on the owner's computer.
    key: Option<(Arc<Identity>, KeyPlace)>,
    /// This technician's own certificate, while it is good.
    own: Option<SealedCertificate>,
    /// For whom one was made lately, and when.
    made: BTreeMap<Issued, Instant>,
}

impl Company {
    /// Reads what this computer keeps. A file that cannot be read is begun anew: then the owner clicks once more.
    pub(crate) fn open(folder: &Path) -> Self {
        let path = folder.join(FILE);
        let kept = match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).ok().filter(|kept: &Kept| kept.version == VERSION),
            Err(error) => {
                if error.kind() != io::ErrorKind::NotFound {
                    tracing::warn!(%error, "{FILE} cannot be read");
                }
                None
            }
        };
        Self { kept: kept.unwrap_or(Kept { version: VERSION, ..Kept::default() }), path, ..Self::default() }
    }

    fn write(&self) {
        let written = serde_json::to_vec(&self.kept)
            .map_err(io::Error::other)
            .and_then(|bytes| write_private(&self.path, &bytes));
        if let Err(error) = written {
            tracing::error!(%error, "{FILE} cannot be written");
        }
    }

    /// The company's key, if it is the one that this console believes.
    fn believed(&self) -> Option<PublicKey> {
        self.record.key.filter(|key| self.kept.trusted == Some(*key))
    }

    fn remember(&mut self, certified: &Certified) {
        let issued = Issued::of(certified);
        self.kept.issued.retain(|known| known.technician != issued.technician);
        self.kept.issued.push(issued);
        let over = self.kept.issued.len().saturating_sub(ISSUED);
        self.kept.issued.drain(..over);
        self.write();
    }

    fn forget(&mut self, technician: &PublicKey) {
        self.kept.issued.retain(|known| known.technician != *technician);
        self.write();
    }

    /// Whether the owner has certified just this key under just these names with the present key.
    fn has_certified(&self, technician: &TechnicianRecord, key: PublicKey) -> bool {
        self.kept.issued.contains(&Issued::to(technician, key))
    }

    /// How a technician stands with the company as this console sees it.
    fn standing(&self, person: &Person, today: UnixMillis) -> (Standing, Option<UnixMillis>) {
        let Some(sealed) = &person.certificate else {
            let revoked = person.revoked_at.is_some();
            return (if revoked { Standing::Revoked } else { Standing::None }, None);
        };
        let TechnicianRecord { key, name, company, .. } = &person.technician;
        match company::open(sealed) {
            Ok(certified) if Some(certified.company) != self.believed() || certified.technician != *key => {
                (Standing::Foreign, None)
            }
            Ok(certified) if certified.until <= today => (Standing::Expired, Some(certified.until)),
            Ok(certified) if !certified.is_about(key, name, company) => (Standing::Renamed, None),
            Ok(certified) => (Standing::Good, Some(certified.until)),
            Err(_) => (Standing::Foreign, None),
        }
    }

    fn view(&self, me: &PublicKey, today: UnixMillis) -> CompanyView {
        let owner = self.record.people.iter().any(|person| person.owner && person.technician.key == *me);
        let is_ours = |here: &PublicKey| self.record.key == Some(*here);
        let here = match &self.key {
            Some((key, place)) if is_ours(&key.public()) => match place {
                KeyPlace::Keyring => KeyHere::InKeyring,
                KeyPlace::File(_) => KeyHere::InFile,
            },
            _ => KeyHere::No,
        };
        let people = self.record.people.iter().map(|person| {
            let (standing, until) = self.standing(person, today);
            PersonView {
                fingerprint: person.technician.key.fingerprint(),
                me: person.technician.key == *me,
                owner: person.owner,
                technician: person.technician.clone(),
                standing,
                until,
            }
        });
        CompanyView {
            key: self.record.key,
            fingerprint: self.record.key.as_ref().map(PublicKey::fingerprint),
            changed: self.record.key.is_some() && self.believed().is_none(),
            owner,
            here,
            people: people.collect(),
            browsers: self.record.browsers,
        }
    }
}

impl Shared {
    /// Who this technician is to customers.
    pub(crate) fn introduction(&self, technician: TechnicianRecord) -> Introduction {
        Introduction {
            certificate: self.own_certificate(&technician).map(|(_, certificate)| certificate),
            name: technician.name,
            company: technician.company,
            relay_pins: self.home().pin().into_iter().collect(),
            seat: Seat::Desktop,
        }
    }

    /// The company's key and what it says of this technician; nothing unless it is good now and under these names.
    pub(crate) fn own_certificate(&self, technician: &TechnicianRecord) -> Option<(PublicKey, SealedCertificate)> {
        let sealed = lock(&self.company).own.clone()?;
        let certified = company::open(&sealed).ok()?;
        let good = certified.until > now()
            && certified.is_about(&self.identity.public(), &technician.name, &technician.company);
        good.then_some((certified.company, sealed))
    }

    /// Reads what the relay has of the company, and does what the owner's console does by itself.
    pub(crate) async fn tend_company(&self) {
        let _working = self.company_work.lock().await;
        if let Err(error) = self.tend().await {
            tracing::warn!(%error, "the company could not be read or tended");
        }
        self.company_told();
    }

    async fn tend(&self) -> Result<(), HttpError> {
        let http = self.http();
        let me = self.identity.public();
        let mut record = http.company().await?;
        let owner = record.people.iter().any(|person| person.owner && person.technician.key == me);
        if owner && lock(&self.company).key.is_none() {
            self.find_key().await;
        }
        if owner && record.key.is_none() {
            // An owner who has a key already, from a relay before, stays the same company.
            if let Some(key) = self.company_key().await {
                record = http.set_company_key(&NewCompanyKey { key: key.public(), replaces: None }).await?;
            }
        }
        {
            let mut company = lock(&self.company);
            if company.kept.trusted.is_none() && record.key.is_some() {
                company.kept.trusted = record.key;
                company.write();
            }
            company.record = record;
        }
        if owner {
            self.renew().await?;
        }
        self.take_own();
        Ok(())
    }

    /// Certifies the owner, and anew whoever he has certified here and whose time is half over.
    async fn renew(&self) -> Result<(), HttpError> {
        let today = now();
        let own = self.technician();
        let due: Vec<TechnicianRecord> = {
            let company = lock(&self.company);
            let Some(key) = company.believed() else { return Ok(()) };
            let is_due = |person: &&Person| {
                let (standing, until) = company.standing(person, today);
                let technician = &person.technician;
                // Himself under the name that he has here, and nobody whom the relay alone names.
                let known = Some(technician) == own.as_ref() || company.has_certified(technician, key);
                let soon = |until: UnixMillis| until.0.saturating_sub(today.0) < millis(RENEW);
                let just_made = company.made.get(&Issued::to(technician, key)).is_some_and(|at| at.elapsed() < AGAIN);
                let wanted = standing != Standing::Good || until.is_none_or(soon);
                known && wanted && !just_made && standing != Standing::Revoked
            };
            company.record.people.iter().filter(is_due).map(|person| person.technician.clone()).collect()
        };
        for technician in due {
            self.issue(&technician).await?;
        }
        Ok(())
    }

    /// Makes a certificate and hands it in. Nothing without the company's key.
    async fn issue(&self, technician: &TechnicianRecord) -> Result<bool, HttpError> {
        let certified = {
            let company = lock(&self.company);
            let Some(key) = company.believed() else { return Ok(false) };
            let today = now();
            Certified {
                id: CertificateId::from_uuid(Uuid::now_v7()),
                company: key,
                technician: technician.key,
                from: today,
                until: UnixMillis(today.0.saturating_add(millis(company::LIFE))),
                name: technician.name.clone(),
                company_name: technician.company.clone(),
            }
        };
        let identity = lock(&self.company).key.as_ref().map(|(key, _)| Arc::clone(key));
        let Some(certificate) = identity.and_then(|key| company::certify(&key, &certified).ok()) else {
            return Ok(false);
        };
        lock(&self.company).made.insert(Issued::of(&certified), Instant::now());
        let record = self.http().certify(&NewCertificate { technician: technician.id, certificate }).await?;
        let mut company = lock(&self.company);
        company.remember(&certified);
        company.record = record;
        Ok(true)
    }

    /// This technician's certificate as the relay has it, if it is one; and who he is, for the calls that go on.
    fn take_own(&self) {
        let Some(technician) = self.technician() else { return };
        {
            let mut company = lock(&self.company);
            let me = self.identity.public();
            let person = company.record.people.iter().find(|person| person.technician.key == me);
            let good = person.filter(|person| company.standing(person, now()).0 == Standing::Good);
            company.own = good.and_then(|person| person.certificate.clone());
        }
        let introduction = self.introduction(technician);
        for seat in self.all_seats() {
            seat.call().introduce(introduction.clone());
        }
    }

    fn company_told(&self) {
        self.tell(ConsoleEvent::Company { company: self.company_view() });
    }

    pub(crate) fn company_view(&self) -> CompanyView {
        lock(&self.company).view(&self.identity.public(), now())
    }

    /// The company's key of this computer, if it was made here or brought here.
    async fn find_key(&self) {
        let (folder, ring) = (self.folder.path().to_path_buf(), self.keyring.clone());
        let found = tokio::task::spawn_blocking(move || keys::find(&folder, ring.0, Whose::Company)).await;
        match found {
            Ok(Ok(Some((key, place)))) => lock(&self.company).key = Some((Arc::new(key), place)),
            Ok(Ok(None)) | Err(_) => {}
            Ok(Err(error)) => tracing::warn!(%error, "the company's key"),
        }
    }

    /// The company's key of this computer, made if there is none.
    async fn company_key(&self) -> Option<Arc<Identity>> {
        let known = lock(&self.company).key.as_ref().map(|(key, _)| Arc::clone(key));
        if known.is_some() {
            return known;
        }
        self.keep_company_key(Identity::from_system().ok()?).await.ok()
    }

    /// The company's private key of this computer, for its owner to carry to another one.
    pub(crate) fn own_company_key(&self) -> Option<Identity> {
        lock(&self.company).key.as_ref().map(|(key, _)| (**key).clone())
    }

    /// This is the company's key, as its owner has brought it here himself.
    pub(crate) fn believe_company(&self, key: PublicKey) {
        let mut company = lock(&self.company);
        company.kept.trusted = Some(key);
        company.write();
    }

    /// Whether this is the company's key as the relay has it.
    pub(crate) fn is_company(&self, key: &PublicKey) -> bool {
        lock(&self.company).record.key == Some(*key)
    }

    /// This technician has just become the owner: the company's key is his, whatever the relay says next.
    pub(crate) async fn begin_company(&self) {
        self.find_key().await;
        let Some(key) = self.company_key().await else { return };
        let mut company = lock(&self.company);
        company.kept.trusted = Some(key.public());
        company.write();
    }

    /// The same for a relay at which this console is not at home now, whose files are kept in this folder.
    pub(crate) async fn begin_company_in(&self, folder: &Path) {
        self.find_key().await;
        let Some(key) = self.company_key().await else { return };
        let mut company = Company::open(folder);
        company.kept.trusted = Some(key.public());
        company.write();
    }

    /// Keeps a company's key on this computer.
    pub(crate) async fn keep_company_key(&self, key: Identity) -> Result<Arc<Identity>, IpcError> {
        let key = Arc::new(key);
        let (folder, ring, kept) = (self.folder.path().to_path_buf(), self.keyring.clone(), Arc::clone(&key));
        let place = tokio::task::spawn_blocking(move || keys::keep(&folder, ring.0, Whose::Company, &kept)).await;
        let internal = |error: &dyn std::fmt::Display| IpcError::of(IpcErrorCode::CannotWrite, error.to_string());
        let place = place.map_err(|error| internal(&error))?.map_err(|error| internal(&error))?;
        lock(&self.company).key = Some((Arc::clone(&key), place));
        Ok(key)
    }
}

/// Every method fails with [`IpcErrorCode::RelayAway`] or [`IpcErrorCode::RelayRefused`], and besides as it says.
impl Console {
    /// The company as it stands.
    ///
    /// # Errors
    ///
    /// As all.
    pub async fn company(&self) -> Result<CompanyView, IpcError> {
        let record = self.shared.http().company().await?;
        lock(&self.shared.company).record = record;
        self.shared.take_own();
        Ok(self.shared.company_view())
    }

    /// Certifies a technician, whose key and names the owner has before his eyes.
    ///
    /// # Errors
    ///
    /// [`IpcErrorCode::NoCompanyKey`] where the company's key is not, [`IpcErrorCode::KeyChanged`] when the relay names
    /// another key or name for him by now.
    pub async fn certify(&self, technician: &TechnicianRecord) -> Result<CompanyView, IpcError> {
        let shared = &self.shared;
        let _working = shared.company_work.lock().await;
        let record = shared.http().company().await?;
        let same = record.people.iter().any(|person| person.technician == *technician);
        lock(&shared.company).record = record;
        if !same {
            return Err(IpcError::of(IpcErrorCode::KeyChanged, "this technician has another key or name now"));
        }
        if !shared.issue(technician).await? {
            return Err(IpcError::of(IpcErrorCode::NoCompanyKey, "the company's key is not on this computer"));
        }
        shared.take_own();
        Ok(shared.company_view())
    }

    /// Takes back what the company's key said of a technician.
    ///
    /// # Errors
    ///
    /// As all.
    pub async fn revoke_certificates(&self, technician: TechnicianId) -> Result<CompanyView, IpcError> {
        let shared = &self.shared;
        let _working = shared.company_work.lock().await;
        // First here, so that nothing is made anew whatever becomes of the rest.
        {
            let mut company = lock(&shared.company);
            let key = company.record.people.iter().find(|person| person.technician.id == technician);
            if let Some(key) = key.map(|person| person.technician.key) {
                company.forget(&key);
            }
        }
        match shared.http().revoke_certificates(technician).await {
            Ok(record) => lock(&shared.company).record = record,
            // There is nothing that could be revoked.
            Err(error) if error.code() == Some(ErrorCode::NotFound) => {}
            Err(error) => return Err(error.into()),
        }
        shared.take_own();
        Ok(shared.company_view())
    }

    /// The owner begins with a new company key, because the one before is lost. Customers and packages that know the
    /// one before know this one not.
    ///
    /// # Errors
    ///
    /// [`IpcErrorCode::CannotWrite`].
    pub async fn replace_company_key(&self) -> Result<CompanyView, IpcError> {
        let shared = &self.shared;
        {
            let _working = shared.company_work.lock().await;
            let before = shared.http().company().await?.key;
            let key =
                Identity::from_system().map_err(|error| IpcError::of(IpcErrorCode::Internal, error.to_string()))?;
            let new = NewCompanyKey { key: key.public(), replaces: before };
            // The relay first: it refuses whoever is not the owner.
            let record = shared.http().set_company_key(&new).await?;
            let key = shared.keep_company_key(key).await?;
            let mut company = lock(&shared.company);
            company.record = record;
            company.kept.trusted = Some(key.public());
            company.kept.issued.clear();
            company.made.clear();
            company.write();
        }
        shared.tend_company().await;
        Ok(shared.company_view())
    }

    /// The technician has compared another company key with its owner, and believes it from now on.
    ///
    /// # Errors
    ///
    /// [`IpcErrorCode::KeyChanged`] when it is another one again.
    pub async fn trust_company(&self, key: PublicKey) -> Result<CompanyView, IpcError> {
        let shared = &self.shared;
        {
            let _working = shared.company_work.lock().await;
            let record = shared.http().company().await?;
            if record.key != Some(key) {
                return Err(IpcError::of(IpcErrorCode::KeyChanged, "the company has another key now"));
            }
            let mut company = lock(&shared.company);
            company.record = record;
            company.kept.trusted = Some(key);
            company.write();
        }
        shared.tend_company().await;
        Ok(shared.company_view())
    }
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}
