//! Who is asking: the set-up token, challenges and the tokens of consoles that have proven their key. All of it lives
//! in memory only; after a restart every console proves its key again.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use data_encoding::BASE64URL_NOPAD;
use deskhand_protocol::{
    id::{RecordId, TechnicianId},
    key::{Nonce, PublicKey},
    limit::SOCKET_GREETING,
    relay::{
        Prover,
        http::{Challenge, Prove},
        setup::{BROWSER_GROUPS, INVITATION_GROUPS, SETUP_GROUPS},
    },
};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::{
    clock::{self, NoRandomness},
    identity,
};

/// Challenges open at once; the oldest is dropped. Each lives ten seconds.
const CHALLENGES: usize = 1_024;
/// Tokens of one technician at once: his consoles, and a few that were lost without a word.
const TOKENS: usize = 8;
/// Crockford's base 32, so that a token can be read out and typed.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// How long an invitation to join is good: until the other console is set up.
pub(crate) const INVITATION: Duration = Duration::from_secs(24 * 3600);
/// Invitations at once; the oldest gives way.
const INVITATIONS: usize = 32;

type TokenDigest = [u8; 32];

/// Whom a code lets in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whom {
    /// Somebody who becomes a technician.
    Anybody,
    /// A technician who is there, by his browser.
    Known(TechnicianId),
}

/// An invitation that was taken up.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Invited {
    digest: TokenDigest,
    until: Instant,
    /// Whom it lets in.
    pub(crate) whom: Whom,
}

fn digest(token: &str) -> TokenDigest {
    Sha256::new().chain_update(b"deskhand/token/v1\0").chain_update(token).finalize().into()
}

#[derive(Debug, Clone, Copy)]
struct Open {
    id: RecordId,
    key: PublicKey,
    nonce: Nonce,
    until: Instant,
}

#[derive(Debug, Default)]
struct Held {
    setup: Option<String>,
    challenges: VecDeque<Open>,
    tokens: HashMap<TokenDigest, TechnicianId>,
    order: HashMap<TechnicianId, VecDeque<TokenDigest>>,
    invitations: VecDeque<Invited>,
}

/// What is needed to tell who is asking.
#[derive(Debug)]
pub(crate) struct Auth {
    relay: PublicKey,
    held: Mutex<Held>,
}

impl Auth {
    /// With a set-up token if the relay has no owner yet.
    pub(crate) fn new(relay: PublicKey, needs_owner: bool) -> Result<Self, NoRandomness> {
        let setup = if needs_owner { Some(setup_token()?) } else { None };
        Ok(Self { relay, held: Mutex::new(Held { setup, ..Held::default() }) })
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The relay's key.
    pub(crate) const fn relay(&self) -> PublicKey {
        self.relay
    }

    /// The set-up token, while there is no owner.
    pub(crate) fn setup(&self) -> Option<String> {
        self.held().setup.clone()
    }

    /// Whether this is the set-up token, as a person may type it. Takes the same time whatever it is.
    pub(crate) fn is_setup(&self, typed: &str) -> bool {
        let Some(setup) = self.setup() else { return false };
        as_typed(typed).ct_eq(&digest(&setup.replace('-', ""))).into()
    }

    /// A new invitation to join as a technician. Kept by its digest, and lost when the relay stops.
    pub(crate) fn invite(&self, whom: Whom, now: Instant) -> Result<String, NoRandomness> {
        let token = groups(match whom {
            Whom::Anybody => INVITATION_GROUPS,
            Whom::Known(_) => BROWSER_GROUPS,
        })?;
        let mut held = self.held();
        // Of the codes for one technician only the newest is good.
        held.invitations.retain(|one| one.until > now && (one.whom == Whom::Anybody || one.whom != whom));
        if held.invitations.len() >= INVITATIONS {
            held.invitations.pop_front();
        }
        held.invitations.push_back(Invited { digest: digest(&token.replace('-', "")), until: now + INVITATION, whom });
        Ok(token)
    }

    /// For whom an invitation is, as a person may type it.
    pub(crate) fn invited(&self, typed: &str, now: Instant) -> Option<Whom> {
        let typed = as_typed(typed);
        self.held().invitations.iter().find(|one| one.digest == typed && one.until > now).map(|one| one.whom)
    }

    /// Takes an invitation for these up: it is good once.
    pub(crate) fn take_invitation(&self, typed: &str, whom: Whom, now: Instant) -> Option<Invited> {
        let typed = as_typed(typed);
        let mut held = self.held();
        let is_it = |one: &Invited| one.digest == typed && one.until > now && one.whom == whom;
        let at = held.invitations.iter().position(is_it);
        at.and_then(|at| held.invitations.remove(at))
    }

    /// Nothing came of it: it is good again.
    pub(crate) fn give_back(&self, invited: Invited) {
        self.held().invitations.push_back(invited);
    }

    /// There is an owner: the set-up token is worth nothing from now on.
    pub(crate) fn owner_joined(&self) {
        self.held().setup = None;
    }

    /// Opens a challenge for a key.
    pub(crate) fn challenge(&self, key: PublicKey, now: Instant) -> Result<Challenge, NoRandomness> {
        let open = Open {
            id: RecordId::from_uuid(clock::new_id()),
            key,
            nonce: Nonce(clock::random()?),
            until: now + SOCKET_GREETING,
        };
        let mut held = self.held();
        held.challenges.retain(|open| open.until > now);
        if held.challenges.len() >= CHALLENGES {
            held.challenges.pop_front();
        }
        held.challenges.push_back(open);
        Ok(Challenge { id: open.id, relay: self.relay, nonce: open.nonce })
    }

    /// The key that a proof proves, for a console of this kind. Each challenge takes one try.
    pub(crate) fn prove(&self, prover: Prover, proof: &Prove, now: Instant) -> Option<PublicKey> {
        let open = {
            let mut held = self.held();
            let at = held.challenges.iter().position(|open| open.id == proof.id)?;
            held.challenges.remove(at)?
        };
        let proven = identity::proves(prover, &self.relay, &open.key, (&open.nonce, &proof.nonce), &proof.signature);
        (proven && open.until > now).then_some(open.key)
    }

    /// A token for a technician who has proven his key.
    pub(crate) fn issue(&self, technician: TechnicianId) -> Result<String, NoRandomness> {
        let token = BASE64URL_NOPAD.encode(&clock::random::<32>()?);
        let mut held = self.held();
        let own = held.order.entry(technician).or_default();
        own.push_back(digest(&token));
        let dropped = if own.len() > TOKENS { own.pop_front() } else { None };
        if let Some(dropped) = dropped {
            held.tokens.remove(&dropped);
        }
        held.tokens.insert(digest(&token), technician);
        Ok(token)
    }

    /// Whose token it is. Looked up by its digest, which nobody can choose.
    pub(crate) fn technician(&self, token: &str) -> Option<TechnicianId> {
        self.held().tokens.get(&digest(token)).copied()
    }
}

/// The digest of a token, however a person has typed it.
fn as_typed(typed: &str) -> TokenDigest {
    let typed: String = typed.chars().filter(|c| !matches!(c, '-' | ' ')).collect();
    digest(&typed.to_ascii_uppercase())
}

/// 80 random bits in four groups.
fn setup_token() -> Result<String, NoRandomness> {
    groups(SETUP_GROUPS)
}

/// Twenty random bits in each group.
fn groups(count: usize) -> Result<String, NoRandomness> {
    let random: [u8; 32] = clock::random()?;
    let random = random.get(..count * 4).unwrap_or_default();
    let symbols: Vec<u8> =
        random.iter().map(|byte| ALPHABET.get(usize::from(byte % 32)).copied().unwrap_or(b'0')).collect();
    let groups: Vec<_> = symbols.chunks(4).map(|group| String::from_utf8_lossy(group).into_owned()).collect();
    Ok(groups.join("-"))
}
