//! Whom to call: what was typed, a link, the program's own name, or a support file beside the program.
//!
//! Whatever is broken has a sentence, and the field beside it for typing the call instead. Nothing is ever written
//! beside the program: it may lie in a folder or on a share that nobody can write to.

mod place;

use std::{
    fmt, fs, io,
    io::Read as _,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use deskhand_link::{
    handshake::{KnownSecret, TechnicianPin},
    package::{self, PackageError},
    relay::Route,
};
use deskhand_protocol::{
    UnixMillis,
    code::{CodeError, Finder, Invitation, RelayAddress, TypedCall},
    limit::PACKAGE_FILE,
    package::{
        FILE_NAME, PackageBody,
        brand::{Brand, Language},
        name::{CallName, NameError},
    },
    template::RequestLink,
    text::{ChatText, Name},
};
use serde::{Deserialize, Serialize};

use crate::{
    asking::Desk,
    view::{Hint, Problem},
};

/// Everything that is needed to reach one technician.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The ways to the relay in the order to try them.
    pub routes: Vec<Route>,
    /// What finds the session.
    pub finder: Finder,
    /// What proves both ends to each other.
    pub secret: KnownSecret,
    /// Who alone is accepted, if a package or the program's name says so.
    pub technician: Option<Named>,
    /// How the company wants to be recognised.
    pub brand: Option<Brand>,
    /// A line of the technician to this customer.
    pub message: Option<ChatText>,
    /// The language in which to begin.
    pub language: Option<Language>,
    /// What all this was read from.
    pub source: Source,
}

/// The technician as a package or the program's name gives him.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Who alone is accepted.
    pub pin: TechnicianPin,
    /// What he calls himself; empty if nothing says it.
    pub name: Name,
    /// The company he says he works for; likewise.
    pub company: Name,
}

/// The field for `RELAY CODE`, and why nothing else was possible.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// What went wrong, if anything.
    pub problem: Option<Problem>,
    /// What stands in it already.
    pub text: String,
    /// What the customer adds to it.
    pub hint: Option<Hint>,
    /// Of whom he can ask for help instead: whom a package named that is too old.
    #[serde(skip)]
    pub desk: Option<Box<Desk>>,
}

impl From<Option<Problem>> for Field {
    fn from(problem: Option<Problem>) -> Self {
        Self { problem, ..Self::default() }
    }
}

/// What a call was read from, to read it again. It holds the call's secret.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// What the customer typed.
    Typed(String),
    /// What the support file holds.
    Package(String),
    /// The program's name.
    Name(String),
    /// A relay's answer to a request for help.
    Asked(Box<Desk>, RequestLink),
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Typed(_) => "Typed",
            Self::Package(_) => "Package",
            Self::Name(_) => "Name",
            Self::Asked(..) => "Asked",
        })
    }
}

impl Source {
    /// Reads it again.
    ///
    /// # Errors
    ///
    /// The [`Problem`] to show.
    pub fn call(&self) -> Result<Call, Problem> {
        match self {
            Self::Typed(text) => Call::typed(text),
            Self::Package(text) => Call::packaged(text.as_bytes()),
            Self::Name(text) => match CallName::read(text) {
                Ok(Some(name)) => Call::named(name, text).map_err(|_| Problem::NameDamaged),
                Ok(None) | Err(_) => Err(Problem::NameDamaged),
            },
            Self::Asked(desk, link) => Call::asked(desk, link, self.clone()),
        }
    }
}

impl Call {
    /// Reads what a customer typed or pasted.
    ///
    /// # Errors
    ///
    /// The [`Problem`] to show beside the field.
    pub fn typed(text: &str) -> Result<Self, Problem> {
        let TypedCall { relay, invitation } = text.parse().map_err(|error| match error {
            CodeError::Insecure => Problem::InsecureAddress,
            CodeError::Relay => Problem::BadAddress,
            _ => Problem::BadCode,
        })?;
        Ok(Self::invited(relay, invitation, Source::Typed(text.to_owned())))
    }

    fn invited(relay: RelayAddress, invitation: Invitation, source: Source) -> Self {
        let spoken = invitation.finder.is_spoken();
        Self {
            routes: vec![Route::typed(relay)],
            finder: invitation.finder,
            secret: if spoken { KnownSecret::Spoken(invitation.secret) } else { KnownSecret::Link(invitation.secret) },
            technician: None,
            brand: None,
            message: None,
            language: None,
            source,
        }
    }

    /// What a relay answers to a request.
    fn asked(desk: &Desk, link: &RequestLink, source: Source) -> Result<Self, Problem> {
        let secret = link.secret.parse().map_err(|_| Problem::BadCode)?;
        let invitation = Invitation { finder: link.finder.clone(), secret };
        let call = Self::invited(desk.relay.address.clone(), invitation, source);
        let named =
            |key| Named { pin: TechnicianPin::Company(key), name: Name::default(), company: desk.company.clone() };
        Ok(Self { routes: vec![desk.route()], technician: desk.key.map(named), ..call })
    }

    /// What the program's name says; the field to begin with, if it does not say all.
    fn named(name: CallName, read: &str) -> Result<Self, Field> {
        let invited = |relay, invitation| Self::invited(relay, invitation, Source::Name(read.to_owned()));
        match name {
            CallName::Link { relay, invitation } => Ok(invited(relay, invitation)),
            CallName::Spoken { relay, invitation, technician } => {
                let pin = TechnicianPin::Tag(technician);
                let technician = Some(Named { pin, name: Name::default(), company: Name::default() });
                Ok(Self { technician, ..invited(relay, invitation) })
            }
            CallName::Half { relay, finder } if finder.is_spoken() => {
                let text = format!("{} {}-", relay.authority(), finder.as_str());
                Err(Field { text, hint: Some(Hint::RestOfCode), ..Field::default() })
            }
            CallName::Half { .. } => Err(Field { hint: Some(Hint::WholeLink), ..Field::default() }),
        }
    }

    /// Reads a support file.
    ///
    /// # Errors
    ///
    /// The [`Problem`] to show.
    pub fn package(path: &Path) -> Result<Self, Problem> {
        Self::packaged(&read_bounded(path).map_err(|_| Problem::PackageUnreadable)?)
    }

    fn packaged(bytes: &[u8]) -> Result<Self, Problem> {
        Self::packaged_at(bytes, today())
    }

    /// The field, and why: a package that is too old still says of whom help can be asked.
    fn no_package(path: &Path, problem: Problem) -> Field {
        let read = || Self::packaged_at(&read_bounded(path).ok()?, UnixMillis(0)).ok();
        let old = (problem == Problem::PackageExpired).then(read).flatten();
        let desk = old.as_ref().and_then(Desk::of_call).map(Box::new);
        Field { problem: Some(problem), desk, ..Field::default() }
    }

    fn packaged_at(bytes: &[u8], now: UnixMillis) -> Result<Self, Problem> {
        let body = package::open(bytes, now).map_err(|error| match error {
            PackageError::Newer => Problem::PackageNewer,
            PackageError::Damaged => Problem::PackageDamaged,
            PackageError::Expired => Problem::PackageExpired,
            _ => Problem::PackageForeign,
        })?;
        let secret = package::secret(&body).map_err(|_| Problem::PackageDamaged)?;
        let PackageBody {
            relays,
            technician,
            technician_name,
            company,
            company_key,
            finder,
            brand,
            message,
            language,
            ..
        } = body;
        // Whoever of the company has time may come, if its key vouches for him.
        let pin = company_key.map_or(TechnicianPin::Key(technician), TechnicianPin::Company);
        Ok(Self {
            routes: relays.iter().map(Route::packaged).collect(),
            finder,
            secret: KnownSecret::Link(secret),
            technician: Some(Named { pin, name: technician_name, company }),
            brand: brand.filter(|brand| !brand.is_empty()),
            message: message.filter(|message| !message.is_blank()),
            language,
            // One that could be opened is text.
            source: Source::Package(String::from_utf8_lossy(bytes).into_owned()),
        })
    }

    /// The relay's host and port, for a screen.
    #[must_use]
    pub fn relay(&self) -> String {
        self.routes.first().map(|route| route.address.authority().to_owned()).unwrap_or_default()
    }
}

/// What the program starts with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start {
    /// With a call.
    Call(Box<Call>),
    /// With the field.
    Field(Field),
}

/// The program as it lies on the disk.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Program {
    /// Where a support file may lie: beside the program as it was started, and beside what a link to it leads to.
    pub folders: Vec<PathBuf>,
    /// Its names, of which one may say whom to call.
    pub names: Vec<String>,
}

impl Program {
    /// The one that runs.
    #[must_use]
    pub fn running() -> Self {
        let Ok(program) = std::env::current_exe() else { return Self::default() };
        let started = std::env::args_os().next().map(PathBuf::from).filter(|path| path.components().count() > 1);
        let real = fs::canonicalize(&program).ok();
        let mut found = Self::default();
        for path in [started, Some(program), real].into_iter().flatten() {
            if let Some(folder) = path.parent()
                && !found.folders.iter().any(|known| known == folder)
            {
                found.folders.push(folder.to_owned());
            }
            if let Some(name) = path.file_name() {
                found.names.push(name.to_string_lossy().into_owned());
            }
        }
        found
    }

    /// Whom the program says to call: by its name, else by a support file beside it. The name first, since in a folder
    /// of downloads anyone may have put a file beside it, and the technician whom a name pins must not give way to that.
    fn call(&self) -> Start {
        let read: Vec<_> = self.names.iter().map(|name| (name, CallName::read(name))).collect();
        for (name, call) in &read {
            if let Ok(Some(call)) = call {
                return Call::named(call.clone(), name).map_or_else(Start::Field, |call| Start::Call(Box::new(call)));
            }
        }
        let file = self.folders.iter().find_map(|folder| file_in(folder));
        let broken = match file.as_deref().map(|path| (path, Call::package(path))) {
            Some((_, Ok(call))) => return Start::Call(Box::new(call)),
            Some((path, Err(problem))) => Some(Call::no_package(path, problem)),
            None => None,
        };
        let damaged = read.iter().any(|(_, read)| *read == Err(NameError::Damaged)).then_some(Problem::NameDamaged);
        // A zip viewer unpacks only what was clicked: the support file stays behind.
        let inside = || self.folders.iter().any(|folder| place::is_inside_an_archive(folder));
        let unpacked = || inside().then_some(Problem::InsideArchive);
        Start::Field(broken.unwrap_or_else(|| damaged.or_else(unpacked).into()))
    }
}

/// The support file of a folder: under its own name, or the only one of its kind under another, since programs that
/// save a second one call it `support (1).deskhand`.
fn file_in(folder: &Path) -> Option<PathBuf> {
    let own = folder.join(FILE_NAME);
    if own.exists() {
        return Some(own);
    }
    let is_ours = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_ascii_lowercase();
        name.starts_with("support") && (name.ends_with(".deskhand") || name.ends_with(".deskhand.txt"))
    };
    let entries = fs::read_dir(folder).ok()?.take(ENTRIES).flatten().map(|entry| entry.path());
    let mut found: Vec<PathBuf> = entries.filter(is_ours).collect();
    if found.len() == 1 { found.pop() } else { None }
}

/// Files of a folder that are looked at: a full folder of downloads has some thousands.
const ENTRIES: usize = 10_000;

/// Decides what to start with: what the command line names, else the program's name, else what lies beside it, else
/// the field.
#[must_use]
pub fn find(typed: &[String], package: Option<&Path>, program: &Program) -> Start {
    let from = |path: &Path| Call::package(path).map_err(|problem| Call::no_package(path, problem));
    let result = match (typed, package) {
        ([], None) => return program.call(),
        (_, Some(path)) => from(path),
        ([path], None) if !path.contains("://") && Path::new(path).is_file() => from(Path::new(path)),
        (words, None) => Call::typed(&words.join(" ")).map_err(|problem| Some(problem).into()),
    };
    result.map_or_else(Start::Field, |call| Start::Call(Box::new(call)))
}

/// This computer's clock.
#[must_use]
pub fn today() -> UnixMillis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixMillis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// One byte more than a support file may have is enough to see that it is none.
fn read_bounded(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let most = u64::try_from(PACKAGE_FILE).unwrap_or(u64::MAX).saturating_add(1);
    fs::File::open(path)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests;
