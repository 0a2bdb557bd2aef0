//! The relays that this console has joined, of which it is at home at one: its own inside this process, or one elsewhere.
//!
//! Decides where what belongs to one relay is kept: of the relay inside in the data folder itself, of each other in a
//! folder of its own. A relay is joined once, by its token; after that a click leads there, and nothing of one relay is
//! shown, sent or looked for at another.
//!
//! ```text
//! sessions.json, company.json    of the relay inside
//! relays/current                 the number of the relay elsewhere at which this console is at home; without: inside
//! relays/1/relay.json            a relay elsewhere that was joined
//! relays/1/sessions.json         and what `vault` and `company` keep of it
//! relays/1/company.json
//! ```
//!
//! # Invariants
//!
//! - A relay is written down before anybody is told that it was joined, and chosen before the console is at home there.
//! - The relay at which the console is at home is never removed.
//! - An earlier version kept one relay elsewhere in the data folder itself. It is moved once; whenever that is broken
//!   off, either the old place or the new one is whole.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use deskhand_protocol::{
    code::{CodeError, RelayAddress},
    error::ErrorCode,
    relay::setup::{NotASetupToken, SetupToken},
};

use crate::{
    company::Company,
    console::Console,
    folder::write_private,
    home::{Home, HomeError, Joined},
    ipc::{Boot, IpcError, IpcErrorCode, JoinedRelay, RelayPlace},
    seat::lock,
    vault::Vault,
};

const FOLDER: &str = "relays";
const CURRENT: &str = "current";
const RELAY: &str = "relay.json";
/// What belongs to a relay besides its name.
const ITS: [&str; 2] = ["sessions.json", "company.json"];
/// More than anybody joins; a folder with more was not made by this program.
const MOST: u32 = 100;

/// A relay: the one inside, or one elsewhere by its number.
pub(crate) type Which = Option<u32>;

/// See the module.
#[derive(Debug, Clone)]
pub(crate) struct Relays {
    data: PathBuf,
}

impl Relays {
    /// Those of a data folder. What an earlier version has left there is put in its place.
    pub(crate) fn open(data: &Path) -> Result<Self, HomeError> {
        let relays = Self { data: data.to_path_buf() };
        if let Some(joined) = Joined::read(data)? {
            relays.take_over(&joined)?;
        }
        Ok(relays)
    }

    fn file(path: &Path) -> impl Fn(io::Error) -> HomeError {
        let path = path.to_path_buf();
        move |source| HomeError::File { path: path.clone(), source }
    }

    fn take_over(&self, joined: &Joined) -> Result<(), HomeError> {
        // It may have come as far as this before.
        let known = self.all()?.into_iter().find(|(_, known)| known.address == joined.address);
        let number = match known {
            Some((number, _)) => number,
            None => self.write(joined, &ITS)?,
        };
        self.choose(Some(number))?;
        for name in [RELAY].iter().chain(&ITS) {
            remove_file(&self.data.join(name))?;
        }
        Ok(())
    }

    /// Where what belongs to a relay is kept.
    pub(crate) fn place(&self, which: Which) -> PathBuf {
        which.map_or_else(|| self.data.clone(), |number| self.data.join(FOLDER).join(number.to_string()))
    }

    /// The one at which the console is at home.
    pub(crate) fn current(&self) -> Result<Which, HomeError> {
        let path = self.data.join(FOLDER).join(CURRENT);
        match fs::read_to_string(&path) {
            Ok(text) => match text.trim().parse() {
                Ok(number) if (1..=MOST).contains(&number) => Ok(Some(number)),
                _ => Err(HomeError::Damaged { path }),
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(HomeError::File { path, source }),
        }
    }

    /// The console is at home there from the next start on.
    pub(crate) fn choose(&self, which: Which) -> Result<(), HomeError> {
        let path = self.data.join(FOLDER).join(CURRENT);
        match which {
            Some(number) => write_private(&path, number.to_string().as_bytes()).map_err(Self::file(&path)),
            None => remove_file(&path),
        }
    }

    /// A relay elsewhere; `None` for the relay inside.
    pub(crate) fn joined(&self, which: Which) -> Result<Option<Joined>, HomeError> {
        let Some(_) = which else { return Ok(None) };
        let place = self.place(which);
        match Joined::read(&place)? {
            Some(joined) => Ok(Some(joined)),
            None => Err(HomeError::Damaged { path: place.join(RELAY) }),
        }
    }

    /// Every relay elsewhere, in the order in which they were joined.
    pub(crate) fn all(&self) -> Result<Vec<(u32, Joined)>, HomeError> {
        let mut all = Vec::new();
        for number in 1..=MOST {
            if let Some(joined) = Joined::read(&self.place(Some(number)))? {
                all.push((number, joined));
            }
        }
        Ok(all)
    }

    /// Writes a relay down that was joined.
    pub(crate) fn add(&self, joined: &Joined) -> Result<u32, HomeError> {
        // It may have been written down, and the console stopped before it was chosen.
        match self.all()?.into_iter().find(|(_, known)| known.address == joined.address) {
            Some((number, _)) => joined.write(&self.place(Some(number))).map(|()| number),
            None => self.write(joined, &[]),
        }
    }

    /// Writes a relay down under the next free number, whole or not at all, with these files of the data folder.
    fn write(&self, joined: &Joined, files: &[&str]) -> Result<u32, HomeError> {
        let folder = self.data.join(FOLDER);
        let refuse = Self::file(&folder);
        fs::create_dir_all(&folder).map_err(&refuse)?;
        let aside = folder.join("new");
        if aside.exists() {
            fs::remove_dir_all(&aside).map_err(&refuse)?;
        }
        fs::create_dir(&aside).map_err(&refuse)?;
        for name in files {
            match fs::read(self.data.join(name)) {
                Ok(bytes) => write_private(&aside.join(name), &bytes).map_err(&refuse)?,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(source) => return Err(refuse(source)),
            }
        }
        joined.write(&aside)?;
        let free = (1..=MOST).find(|number| !self.place(Some(*number)).exists());
        let number = free.ok_or_else(|| refuse(io::Error::other("too many relays")))?;
        fs::rename(&aside, self.place(Some(number))).map_err(&refuse)?;
        Ok(number)
    }

    /// Forgets a relay elsewhere and what is kept of it.
    fn remove(&self, number: u32) -> Result<(), HomeError> {
        let place = self.place(Some(number));
        // What makes it a relay goes first: what may be left then is nothing that anybody looks for.
        remove_file(&place.join(RELAY))?;
        fs::remove_dir_all(&place).map_err(Self::file(&place))
    }
}

fn remove_file(path: &Path) -> Result<(), HomeError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Relays::file(path)(error)),
        _ => Ok(()),
    }
}

fn which(id: &str) -> Result<Which, IpcError> {
    if id == INSIDE {
        return Ok(None);
    }
    let number = id.parse().map_err(|_| IpcError::of(IpcErrorCode::BadInput, "no such relay"))?;
    Ok(Some(number))
}

/// What the page calls the relay inside.
const INSIDE: &str = "inside";

impl Console {
    /// The relay inside, and every relay elsewhere that this console has joined.
    ///
    /// # Errors
    ///
    /// [`IpcErrorCode::Internal`] when what is written down of them cannot be read.
    pub fn relays(&self) -> Result<Vec<JoinedRelay>, IpcError> {
        let relays = &self.shared.relays;
        let current = relays.current()?;
        let inside = JoinedRelay {
            id: INSIDE.to_owned(),
            place: RelayPlace::Inside,
            address: None,
            technician: None,
            current: current.is_none(),
        };
        let elsewhere = relays.all()?.into_iter().map(|(number, joined)| JoinedRelay {
            id: number.to_string(),
            place: RelayPlace::Elsewhere,
            address: Some(joined.address.to_string()),
            technician: Some(joined.technician),
            current: current == Some(number),
        });
        Ok(std::iter::once(inside).chain(elsewhere).collect())
    }

    /// Joins one more relay with the token that it printed or that its owner has sent. The console stays where it is.
    ///
    /// # Errors
    ///
    /// [`IpcErrorCode::BadAddress`], [`IpcErrorCode::WrongToken`], [`IpcErrorCode::RelayAway`] when nobody answers there
    /// with an accepted certificate, and [`IpcErrorCode::RelayKnown`] when it was joined before.
    pub async fn add_relay(&self, address: &str, token: &str) -> Result<Vec<JoinedRelay>, IpcError> {
        let _moving = self.shared.moving.lock().await;
        let me = self.me()?;
        let (address, token) = (address_of(address)?, token_of(token)?);
        if self.shared.relays.all()?.iter().any(|(_, joined)| joined.address == address) {
            return Err(IpcError::of(IpcErrorCode::RelayKnown, "this relay was joined before"));
        }
        let Joining { joined, anew, .. } = self.shared.joins(me.name, me.company, address, &token).await?;
        let number = self.shared.relays.add(&joined)?;
        // An invitation makes a technician; the company is its owner's.
        if anew && !token.is_invitation() {
            self.shared.begin_company_in(&self.shared.relays.place(Some(number))).await;
        }
        self.relays()
    }

    /// The console moves to another of its relays: calls are left, as when the program ends, and customers wait for the
    /// technician to come back. The page begins anew with what this gives.
    ///
    /// # Errors
    ///
    /// [`IpcErrorCode::BadInput`] when there is no such relay, [`IpcErrorCode::Internal`] when the relay inside does not
    /// start. The console then stays where it is.
    pub async fn switch_relay(&self, id: &str) -> Result<Boot, IpcError> {
        let _moving = self.shared.moving.lock().await;
        let shared = &self.shared;
        let (me, to) = (self.me()?, which(id)?);
        if shared.relays.current()? == to {
            return Ok(self.boot());
        }
        let internal = |error: &dyn std::fmt::Display| IpcError::of(IpcErrorCode::Internal, error.to_string());
        let known = shared.relays.all()?;
        let joined = known.into_iter().find(|(number, _)| to == Some(*number)).map(|(_, joined)| joined);
        if to.is_some() && joined.is_none() {
            return Err(IpcError::of(IpcErrorCode::BadInput, "no such relay"));
        }
        // All that can fail comes first.
        let place = shared.relays.place(to);
        let (vault, mut company) = (Vault::open(&place).map_err(|error| internal(&error))?, Company::open(&place));
        let home = match &joined {
            Some(joined) => Home::elsewhere(joined.address.clone(), joined.pin, &shared.identity)
                .map_err(|error| internal(&error))?,
            None => Home::inside(&shared.folder, &shared.identity).await.map_err(|error| internal(&error))?,
        };
        let technician = match (joined, home.setup_token()) {
            (Some(joined), _) => joined.technician,
            // Nobody has used the relay inside so far: it gets its owner.
            (None, Some(token)) => {
                let owner = home.http.set_up(&token, me.name, me.company).await?;
                shared.begin_company_in(&place).await;
                company = Company::open(&place);
                owner.technician
            }
            (None, None) => home.http.sign_in().await?.technician,
        };
        shared.relays.choose(to)?;
        let before = self.leaves(home, vault, company).await;
        before.stop().await;
        self.joined(technician).await
    }

    /// Forgets a relay at which the console is not at home, with the secrets of the sessions that are open there.
    ///
    /// # Errors
    ///
    /// [`IpcErrorCode::BadInput`] when there is no such relay, or the console is there.
    pub async fn remove_relay(&self, id: &str) -> Result<Vec<JoinedRelay>, IpcError> {
        let _moving = self.shared.moving.lock().await;
        let relays = &self.shared.relays;
        let wrong = || IpcError::of(IpcErrorCode::BadInput, "no relay that could be removed");
        let number = which(id)?.ok_or_else(wrong)?;
        if relays.current()? == Some(number) || !relays.all()?.iter().any(|(known, _)| *known == number) {
            return Err(wrong());
        }
        relays.remove(number)?;
        self.relays()
    }

    fn me(&self) -> Result<deskhand_protocol::record::TechnicianRecord, IpcError> {
        let me = self.shared.technician();
        me.ok_or_else(|| IpcError::of(IpcErrorCode::RelayRefused, "there is no technician yet"))
    }

    /// Everything that belongs to the relay before is left; gives it back, still running.
    async fn leaves(&self, home: Home, vault: Vault, company: Company) -> Arc<Home> {
        let shared = &self.shared;
        self.stops_listening();
        lock(&shared.dragging).take();
        shared.leave_all();
        if let Some(link) = shared.take_link() {
            link.close().await;
        }
        *lock(&shared.vault) = vault;
        *lock(&shared.company) = company;
        shared.move_to(home)
    }
}

pub(crate) fn address_of(address: &str) -> Result<RelayAddress, IpcError> {
    address.parse().map_err(|error: CodeError| IpcError::of(IpcErrorCode::BadAddress, error.to_string()))
}

pub(crate) fn token_of(token: &str) -> Result<SetupToken, IpcError> {
    token.parse().map_err(|error: NotASetupToken| IpcError::of(IpcErrorCode::WrongToken, error.to_string()))
}

/// What became of joining a relay elsewhere.
pub(crate) struct Joining {
    pub(crate) home: Home,
    pub(crate) joined: Joined,
    /// Whether the relay did not know this console before.
    pub(crate) anew: bool,
}

impl crate::console::Shared {
    /// Joins a relay elsewhere under these names. Nothing is written down.
    pub(crate) async fn joins(
        &self,
        name: deskhand_protocol::text::Name,
        company: deskhand_protocol::text::Name,
        address: RelayAddress,
        token: &SetupToken,
    ) -> Result<Joining, IpcError> {
        let home = Home::elsewhere(address.clone(), token.pin, &self.identity)
            .map_err(|error| IpcError::of(IpcErrorCode::Internal, error.to_string()))?;
        let (proven, anew) = match home.http.set_up(&token.token, name, company).await {
            // Joined before, but stopped before it was written down: the relay knows this key.
            Err(error) if error.code() == Some(ErrorCode::SetupRefused) => {
                (home.http.sign_in().await.map_err(|_| IpcError::from(error))?, false)
            }
            answer => (answer?, true),
        };
        let joined = Joined { address, pin: token.pin, technician: proven.technician };
        Ok(Joining { home, joined, anew })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]

    use deskhand_protocol::{id::TechnicianId, key::PublicKey, record::TechnicianRecord, text::Name};
    use uuid::Uuid;

    use super::*;

    fn joined(address: &str) -> Joined {
        Joined {
            address: address.parse().unwrap(),
            pin: None,
            technician: TechnicianRecord {
                id: TechnicianId::from_uuid(Uuid::nil()),
                key: PublicKey([1; 32]),
                name: Name::new("Ada Berg").unwrap(),
                company: Name::new("Berg IT").unwrap(),
            },
        }
    }

    #[test]
    fn relays_are_kept_apart_and_one_of_them_is_current() {
        let dir = tempfile::tempdir().unwrap();
        let relays = Relays::open(dir.path()).unwrap();
        assert_eq!((relays.current().unwrap(), relays.all().unwrap()), (None, Vec::new()));
        let (first, second) = (joined("https://one.example.org"), joined("https://two.example.org"));
        assert_eq!((relays.add(&first).unwrap(), relays.add(&second).unwrap()), (1, 2));
        relays.choose(Some(2)).unwrap();
        let relays = Relays::open(dir.path()).unwrap();
        assert_eq!(relays.current().unwrap(), Some(2));
        assert_eq!(relays.joined(Some(2)).unwrap(), Some(second.clone()));
        assert_ne!(relays.place(Some(1)), relays.place(Some(2)));
        relays.remove(1).unwrap();
        assert_eq!(relays.all().unwrap(), [(2, second)]);
        assert_eq!(relays.add(&first).unwrap(), 1, "its number is free again");
        relays.choose(None).unwrap();
        assert_eq!(relays.current().unwrap(), None);
    }

    #[test]
    fn the_relay_of_an_earlier_version_is_moved_with_what_belongs_to_it() {
        // Wherever the move was broken off, it is finished at the next start.
        for broken_off in [false, true] {
            let dir = tempfile::tempdir().unwrap();
            let old = joined("https://help.example.org");
            old.write(dir.path()).unwrap();
            fs::write(dir.path().join("sessions.json"), b"secrets").unwrap();
            if broken_off {
                Relays { data: dir.path().to_path_buf() }.write(&old, &ITS).unwrap();
            }
            let relays = Relays::open(dir.path()).unwrap();
            assert_eq!(relays.current().unwrap(), Some(1));
            assert_eq!(relays.all().unwrap(), [(1, old)]);
            assert_eq!(fs::read(relays.place(Some(1)).join("sessions.json")).unwrap(), b"secrets");
            for name in [RELAY, "sessions.json", "company.json"] {
                assert!(!dir.path().join(name).exists(), "{name} is left");
            }
        }
    }

    #[test]
    fn a_choice_that_is_damaged_is_named_and_kept() {
        let dir = tempfile::tempdir().unwrap();
        let relays = Relays::open(dir.path()).unwrap();
        relays.add(&joined("https://help.example.org")).unwrap();
        let path = dir.path().join("relays/current");
        for wrong in ["", "0", "../x", "99999999999", "one"] {
            fs::write(&path, wrong).unwrap();
            assert!(relays.current().unwrap_err().to_string().contains("current"), "{wrong}");
        }
        fs::write(&path, "7").unwrap();
        assert!(relays.joined(relays.current().unwrap()).is_err(), "nothing is written down of it");
    }
}
