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
        setup::{INVITATION_GROUPS, SETUP_GROUPS},
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
    invitations: VecDeque<(TokenDigest, Instant)>,
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
        let typed: String = typed.chars().filter(|c| !matches!(c, '-' | ' ')).collect();
        let Some(setup) = self.setup() else { return false };
        digest(&typed.to_ascii_uppercase()).ct_eq(&digest(&setup.replace('-', ""))).into()
    }

    /// A new invitation to join as a technician. Kept by its digest, and lost when the relay stops.
    pub(crate) fn invite(&self, now: Instant) -> Result<String, NoRandomness> {
        let token = groups(INVITATION_GROUPS)?;
        let mut held = self.held();
        held.invitations.retain(|(_, until)| *until > now);
        if held.invitations.len() >= INVITATIONS {
            held.invitations.pop_front();
        }
        held.invitations.push_back((digest(&token.replace('-', "")), now + INVITATION));
        Ok(token)
    }

    /// Takes an invitation up, as a person may type it: it is good once.
    pub(crate) fn take_invitation(&self, typed: &str, now: Instant) -> bool {
        let typed: String = typed.chars().filter(|c| !matches!(c, '-' | ' ')).collect();
        let typed = digest(&typed.to_ascii_uppercase());
        let mut held = self.held();
        let at = held.invitations.iter().position(|(known, until)| *known == typed && *until > now);
        at.and_then(|at| held.invitations.remove(at)).is_some()
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

    /// The key that a proof proves. Each challenge takes one try.
    pub(crate) fn prove(&self, proof: &Prove, now: Instant) -> Option<PublicKey> {
        let open = {
            let mut held = self.held();
            let at = held.challenges.iter().position(|open| open.id == proof.id)?;
            held.challenges.remove(at)?
        };
        let proven =
            identity::proves(Prover::Console, &self.relay, &open.key, (&open.nonce, &proof.nonce), &proof.signature);
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
