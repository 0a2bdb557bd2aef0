//! Whom to call: what was typed, a link, or a support file beside the program.

use std::{
    fmt, fs, io,
    io::Read as _,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use deskhand_link::{
    handshake::KnownSecret,
    package::{self, PackageError},
    relay::Route,
};
use deskhand_protocol::{
    UnixMillis,
    code::{CodeError, Finder, TypedCall},
    key::PublicKey,
    limit::PACKAGE_FILE,
    package::{FILE_NAME, PackageBody},
    text::Name,
};

use serde::{Deserialize, Serialize};

use crate::view::Problem;

/// Everything that is needed to reach one technician.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The ways to the relay in the order to try them.
    pub routes: Vec<Route>,
    /// What finds the session.
    pub finder: Finder,
    /// What proves both ends to each other.
    pub secret: KnownSecret,
    /// Who alone is accepted, if a package names him: his key, and what he calls himself.
    pub technician: Option<(PublicKey, Name, Name)>,
    /// What all this was read from.
    pub source: Source,
}

/// What a call was read from, to read it again. It holds the call's secret.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// What the customer typed.
    Typed(String),
    /// What the support file holds.
    Package(String),
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Typed(_) => "Typed",
            Self::Package(_) => "Package",
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
        let spoken = invitation.finder.is_spoken();
        Ok(Self {
            routes: vec![Route::typed(relay)],
            finder: invitation.finder,
            secret: if spoken { KnownSecret::Spoken(invitation.secret) } else { KnownSecret::Link(invitation.secret) },
            technician: None,
            source: Source::Typed(text.to_owned()),
        })
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
        let body = package::open(bytes, today()).map_err(|error| match error {
            PackageError::Newer => Problem::PackageNewer,
            PackageError::Damaged => Problem::PackageDamaged,
            PackageError::Expired => Problem::PackageExpired,
            _ => Problem::PackageForeign,
        })?;
        let secret = package::secret(&body).map_err(|_| Problem::PackageDamaged)?;
        let PackageBody { relays, technician, technician_name, company, finder, .. } = body;
        Ok(Self {
            routes: relays.iter().map(Route::packaged).collect(),
            finder,
            secret: KnownSecret::Link(secret),
            technician: Some((technician, technician_name, company)),
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
    /// With the field, and why nothing else was possible.
    Field(Option<Problem>),
}

/// Decides what to start with: what the command line names, else a support file beside the program, else the field.
#[must_use]
pub fn find(typed: &[String], package: Option<&Path>, beside: &[PathBuf]) -> Start {
    let result = match (typed, package) {
        ([], None) => match beside.iter().map(|folder| folder.join(FILE_NAME)).find(|path| path.exists()) {
            Some(path) => Call::package(&path),
            None => return Start::Field(None),
        },
        (_, Some(path)) => Call::package(path),
        ([path], None) if !path.contains("://") && Path::new(path).is_file() => Call::package(Path::new(path)),
        (words, None) => Call::typed(&words.join(" ")),
    };
    match result {
        Ok(call) => Start::Call(Box::new(call)),
        Err(problem) => Start::Field(Some(problem)),
    }
}

/// Where a support file may lie: beside the program as it was started, and beside what a link to it leads to.
#[must_use]
pub fn beside_the_program() -> Vec<PathBuf> {
    let Ok(program) = std::env::current_exe() else { return Vec::new() };
    let started = std::env::args_os().next().map(PathBuf::from).filter(|path| path.components().count() > 1);
    let real = fs::canonicalize(&program).ok();
    let mut folders: Vec<PathBuf> = Vec::new();
    for path in [started, Some(program), real].into_iter().flatten() {
        if let Some(folder) = path.parent()
            && !folders.iter().any(|known| known == folder)
        {
            folders.push(folder.to_owned());
        }
    }
    folders
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
mod tests {
    use deskhand_link::identity::Identity;
    use deskhand_protocol::{code::Invitation, key::Digest, package::PackageRelay};

    use super::*;

    fn body(expires_at: UnixMillis) -> (PackageBody, Identity) {
        let identity = Identity::from_seed(&[1; 32]);
        let invitation = Invitation::link([1; 10], [2; 16]);
        let body = PackageBody {
            relays: vec![PackageRelay { address: "192.168.0.7:8443".parse().unwrap(), pin: Some(Digest([3; 32])) }],
            technician: identity.public(),
            technician_name: Name::lossy("Ada"),
            company: Name::lossy("Help & Co"),
            finder: invitation.finder.clone(),
            secret: invitation.secret.reveal().to_owned(),
            expires_at,
        };
        (body, identity)
    }

    fn later() -> UnixMillis {
        UnixMillis(today().0 + 3_600_000)
    }

    #[test]
    fn a_package_beside_the_program_is_taken_up() {
        let folder = tempfile::tempdir().unwrap();
        let (body, identity) = body(later());
        fs::write(folder.path().join(FILE_NAME), package::seal(&body, &identity).unwrap()).unwrap();
        let Start::Call(call) = find(&[], None, &[folder.path().to_owned()]) else { panic!("not taken up") };
        assert_eq!(call.relay(), "192.168.0.7:8443");
        assert_eq!(call.technician.as_ref().map(|(key, ..)| *key), Some(identity.public()));
        assert!(matches!(call.secret, KnownSecret::Link(_)));
        let named = folder.path().join(FILE_NAME).display().to_string();
        assert_eq!(find(&[named], None, &[]), Start::Call(call), "also as the call of a command line");
    }

    #[test]
    fn without_anything_the_field_is_shown() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(find(&[], None, &[folder.path().to_owned()]), Start::Field(None));
    }

    #[test]
    fn a_package_that_is_of_no_use_says_why() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE_NAME);
        let start = |bytes: &[u8]| {
            fs::write(&path, bytes).unwrap();
            find(&[], None, &[folder.path().to_owned()])
        };
        let (good, identity) = body(later());
        let good = package::seal(&good, &identity).unwrap();
        let (old, identity) = body(UnixMillis(0));
        let text = String::from_utf8(good.clone()).unwrap();
        assert_eq!(start(b"a letter"), Start::Field(Some(Problem::PackageForeign)));
        assert_eq!(start(&good[..good.len() - 20]), Start::Field(Some(Problem::PackageDamaged)));
        assert_eq!(start(text.replace("Ada", "Eve").as_bytes()), Start::Field(Some(Problem::PackageDamaged)));
        assert_eq!(
            start(text.replacen("\"version\":1", "\"version\":2", 1).as_bytes()),
            Start::Field(Some(Problem::PackageNewer))
        );
        assert_eq!(start(&package::seal(&old, &identity).unwrap()), Start::Field(Some(Problem::PackageExpired)));
        assert_eq!(start(&vec![b'x'; PACKAGE_FILE * 2]), Start::Field(Some(Problem::PackageForeign)));
        let missing = folder.path().join("missing");
        assert_eq!(find(&[], Some(&missing), &[]), Start::Field(Some(Problem::PackageUnreadable)));
    }

    #[test]
    fn what_is_typed_wrong_says_what_is_wrong() {
        let typed = |text: &str| Call::typed(text).map(|call| call.relay());
        assert_eq!(typed("help.example.org K7MP-4QXD"), Ok("help.example.org".to_owned()));
        assert_eq!(typed("http://help.example.org K7MP-4QXD"), Err(Problem::InsecureAddress));
        assert_eq!(typed("K7MP-4QXD"), Err(Problem::BadCode));
        assert_eq!(typed("https://u:p@example.org K7MP-4QXD"), Err(Problem::BadAddress));
        assert_eq!(typed("help.example.org K7MP"), Err(Problem::BadCode));
    }
}
