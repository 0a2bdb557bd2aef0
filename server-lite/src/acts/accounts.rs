//! Accounts: made, tried, entered, changed and ended. What a password or a code costs is counted in the same change that
//! lets it be looked at, and a code is used up in the change that lets it in.

use std::{net::IpAddr, time::Duration};

use deskhand_core::lockout;
use deskhand_protocol::{
    UnixMillis,
    call::signal::Seat,
    error::ErrorCode,
    id::{RecordId, TechnicianId},
    key::PublicKey,
    relay::account::{Account, AccountRecord, Login, RecoveryCodes},
    text::Name,
};
use rusqlite::Connection;
use serde_json::json;

use super::joining;
use crate::{
    account::{Signed, Token, totp},
    auth::Whom,
    clock,
    refusal::Refusal,
    store::{
        Change, StoreError,
        accounts::{self as table, Stored, TotpSecret, Tries, millis},
        audit::Actor,
        browsers::{self, HARD_END, IDLE_END},
        technicians,
    },
};

/// A browser that signs in.
#[derive(Debug, Clone)]
pub(crate) struct Browser {
    /// The key that it has proven.
    pub(crate) key: PublicKey,
    pub(crate) from: IpAddr,
    /// What it says of itself.
    pub(crate) name: Name,
}

/// What came of the second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Factor {
    Right,
    Wrong,
    /// There is one, and no code was brought.
    Missing,
}

/// What came of a sign-in whose password was right.
#[derive(Debug)]
pub(crate) enum Entered {
    In(Box<In>),
    Not(Factor),
}

/// Somebody is signed in.
#[derive(Debug)]
pub(crate) struct In {
    pub(crate) signed: Signed,
    /// Sessions that had to give way.
    pub(crate) gone: Vec<RecordId>,
}

fn target(technician: TechnicianId) -> String {
    format!("technician:{technician}")
}

fn from(address: IpAddr) -> String {
    address.to_canonical().to_string()
}

/// One try under a name: counted, unless nobody is let try. Gives the account, if there is one.
pub(crate) fn attempt(
    change: &Change<'_>,
    name: &[u8; 32],
    login: Option<&Login>,
) -> Result<(Tries, Option<Stored>), Refusal> {
    let tries = table::tries(change.db, name, change.now)?;
    let left = tries.locked_until.0.saturating_sub(change.now.0);
    if let Ok(left @ 1..) = u64::try_from(left) {
        return Err(Refusal::wait(Duration::from_millis(left)));
    }
    let failures = tries.failures.saturating_add(1);
    let pause = lockout::pause_after(failures).map_or(0, millis);
    let tries = Tries { failures, locked_until: UnixMillis(change.now.0.saturating_add(pause)) };
    table::forget_tries(change.db, change.now)?;
    table::set_tries(change.db, name, tries, change.now)?;
    let account = login.map(|login| table::by_login(change.db, login)).transpose()?.flatten();
    Ok((tries, account))
}

/// It was a wrong one. Of many in a row there is a row when they begin and whenever nobody is let try for a while.
pub(crate) fn failed(
    change: &Change<'_>,
    technician: Option<TechnicianId>,
    tries: Tries,
    address: IpAddr,
) -> Result<(), StoreError> {
    if tries.failures > 1 && tries.failures < lockout::FREE {
        return Ok(());
    }
    let target = technician.map_or_else(|| "relay".to_owned(), target);
    let locked_s = tries.locked_until.0.saturating_sub(change.now.0).max(0) / 1000;
    let summary = json!({ "from": from(address), "tries": tries.failures, "locked_s": locked_s });
    change.audit(Actor::Stranger, "account.refused", &target, &summary)
}

/// It was no wrong one, and is not counted.
pub(crate) fn excuse(change: &Change<'_>, name: &[u8; 32]) -> Result<(), StoreError> {
    let failures = table::tries(change.db, name, change.now)?.failures.saturating_sub(1);
    table::set_tries(change.db, name, Tries { failures, locked_until: UnixMillis(0) }, change.now)
}

/// It was right: whoever tries next begins anew.
pub(crate) fn forgive(change: &Change<'_>, name: &[u8; 32]) -> Result<(), StoreError> {
    table::set_tries(change.db, name, Tries { failures: 0, locked_until: UnixMillis(0) }, change.now)
}

/// Looks at a code, and uses it up.
pub(crate) fn factor(change: &Change<'_>, account: &Stored, code: Option<&str>) -> Result<Factor, StoreError> {
    let Some(secret) = &account.totp else { return Ok(Factor::Right) };
    let Some(code) = code.filter(|code| !code.trim().is_empty()) else { return Ok(Factor::Missing) };
    if let Some(step) = totp::step_of(secret, code.trim(), change.now, account.totp_step) {
        table::used_step(change.db, account.technician, step)?;
        return Ok(Factor::Right);
    }
    if !table::use_recovery(change.db, account.technician, &totp::paper(code))? {
        return Ok(Factor::Wrong);
    }
    let summary = json!({ "left": table::recovery_left(change.db, account.technician)? });
    let who = account.technician;
    change.audit(Actor::Technician(who), "account.recovery_used", &target(who), &summary)?;
    Ok(Factor::Right)
}

/// Signs in, with a password that was right.
pub(crate) fn enter(
    change: &Change<'_>,
    name: &[u8; 32],
    checked: &Stored,
    code: Option<&str>,
    (browser, token): (&Browser, &Token),
) -> Result<Entered, Refusal> {
    // It may have been changed since it was looked at.
    let now = table::of(change.db, checked.technician)?.filter(|now| now.password == checked.password);
    let account = now.ok_or_else(Refusal::unauthenticated)?;
    match factor(change, &account, code)? {
        Factor::Right => {}
        Factor::Missing => {
            excuse(change, name)?;
            return Ok(Entered::Not(Factor::Missing));
        }
        Factor::Wrong => return Ok(Entered::Not(Factor::Wrong)),
    }
    forgive(change, name)?;
    let signed = open(change, account.technician, browser, token)?;
    let who = account.technician;
    let summary =
        json!({ "from": from(browser.from), "key": browser.key.fingerprint(), "session": signed.signed.session });
    change.audit(Actor::Technician(who), "account.signed_in", &target(who), &summary)?;
    Ok(Entered::In(Box::new(signed)))
}

fn open(change: &Change<'_>, technician: TechnicianId, browser: &Browser, token: &Token) -> Result<In, Refusal> {
    if browsers::is_anothers(change.db, &browser.key, technician)? {
        return Err(Refusal::new(ErrorCode::Conflict, "this browser's key is that of another technician"));
    }
    let session = browsers::Stored {
        id: RecordId::from_uuid(clock::new_id()),
        technician,
        key: browser.key,
        address: from(browser.from),
        browser: browser.name.clone(),
        created_at: change.now,
        used_at: change.now,
        ends_at: UnixMillis(change.now.0.saturating_add(millis(HARD_END))),
    };
    let gone = browsers::add(change.db, &session, &token.digest(), change.now)?;
    Ok(In { signed: Signed { technician, session: session.id, key: browser.key }, gone })
}

/// What makes an account, once it is known to be good.
#[derive(Debug)]
pub(crate) struct Making {
    /// Who made it possible: a code for one who is there, or for somebody new.
    pub(crate) whom: Whom,
    /// Whether the somebody new becomes the owner.
    pub(crate) role: technicians::Role,
    pub(crate) login: Login,
    /// A PHC string.
    pub(crate) password: String,
    pub(crate) name: Name,
    pub(crate) company: Name,
}

/// Makes an account, or gives the one that is there another name and password; and signs in.
pub(crate) fn make(change: &mut Change<'_>, making: Making, browser: &Browser, token: &Token) -> Result<In, Refusal> {
    let Making { whom, role, login, password, name, company } = making;
    let taken = table::by_login(change.db, &login)?.map(|account| account.technician);
    if taken.is_some_and(|technician| whom != Whom::Known(technician)) {
        return Err(Refusal::new(ErrorCode::Conflict, "this name to sign in with is taken"));
    }
    let mut gone = Vec::new();
    let (technician, action) = match (whom, role) {
        (Whom::Known(technician), _) => {
            technicians::by_id(change.db, technician)?.ok_or_else(Refusal::not_found)?;
            let action = if table::of(change.db, technician)?.is_some() { "account.reset" } else { "account.made" };
            gone = browsers::end_all(change.db, technician, None)?;
            (technician, action)
        }
        (Whom::Anybody, technicians::Role::Owner) => {
            (joining::set_up(change, (browser.key, Seat::Browser), name, company)?.id, "account.made")
        }
        (Whom::Anybody, technicians::Role::Technician) => {
            (joining::join(change, (browser.key, Seat::Browser), name, company)?.id, "account.made")
        }
    };
    table::put(change.db, technician, &login, &password, change.now)?;
    forgive(change, &crate::account::name_digest(login.as_str()))?;
    let mut entered = open(change, technician, browser, token)?;
    entered.gone.append(&mut gone);
    let summary =
        json!({ "from": from(browser.from), "key": browser.key.fingerprint(), "session": entered.signed.session });
    change.audit(Actor::Technician(technician), action, &target(technician), &summary)?;
    Ok(entered)
}

/// The account of a signed-in browser, as its page is told.
pub(crate) fn view(
    db: &Connection,
    signed: Signed,
    pins: Vec<deskhand_protocol::key::Digest>,
) -> Result<Option<Account>, StoreError> {
    let Some(account) = table::of(db, signed.technician)? else { return Ok(None) };
    let Some(technician) = technicians::by_id(db, signed.technician)? else { return Ok(None) };
    let session = browsers::of(db, signed.technician, clock::wall())?.into_iter().find(|one| one.id == signed.session);
    let Some(session) = session else { return Ok(None) };
    Ok(Some(Account {
        technician,
        owner: technicians::owner(db)? == Some(signed.technician),
        login: account.login,
        totp: account.totp.is_some(),
        recovery_left: table::recovery_left(db, signed.technician)?,
        session: signed.session,
        key: signed.key,
        ends_at: session.ends_at,
        idle_ms: u64::try_from(IDLE_END.as_millis()).unwrap_or(u64::MAX),
        relay_pins: pins,
    }))
}

/// Ends one session of a technician's own.
pub(crate) fn end(change: &Change<'_>, signed: Signed, session: RecordId) -> Result<(), Refusal> {
    if !browsers::end(change.db, signed.technician, session)? {
        return Err(Refusal::not_found());
    }
    let action = if signed.session == session { "account.signed_out" } else { "account.session_revoked" };
    let summary = json!({ "session": session });
    change.audit(Actor::Technician(signed.technician), action, &target(signed.technician), &summary)?;
    Ok(())
}

/// The owner ends every session of a technician. Gives their ids.
pub(crate) fn end_all(
    change: &Change<'_>,
    owner: TechnicianId,
    technician: TechnicianId,
) -> Result<Vec<RecordId>, Refusal> {
    table::of(change.db, technician)?.ok_or_else(Refusal::not_found)?;
    let gone = browsers::end_all(change.db, technician, None)?;
    let summary = json!({ "sessions": gone.len() });
    change.audit(Actor::Technician(owner), "account.sessions_revoked", &target(technician), &summary)?;
    Ok(gone)
}

/// Another password: all other sessions end, and this one has another token. Gives the ids of the others.
pub(crate) fn set_password(
    change: &Change<'_>,
    signed: Signed,
    password: &str,
    token: &Token,
) -> Result<Vec<RecordId>, StoreError> {
    table::set_password(change.db, signed.technician, password)?;
    browsers::set_digest(change.db, signed.session, &token.digest())?;
    let gone = browsers::end_all(change.db, signed.technician, Some(signed.session))?;
    let summary = json!({ "sessions": gone.len() });
    change.audit(Actor::Technician(signed.technician), "account.password_set", &target(signed.technician), &summary)?;
    Ok(gone)
}

/// What codes are to be made of is shown.
pub(crate) fn offer_totp(change: &Change<'_>, signed: Signed, secret: &TotpSecret) -> Result<(), StoreError> {
    table::offer_totp(change.db, signed.technician, secret)
}

/// An app shows the right code: from now on codes are asked for.
pub(crate) fn confirm_totp(change: &Change<'_>, signed: Signed, code: &str) -> Result<RecoveryCodes, Refusal> {
    const WRONG: Refusal = Refusal::new(ErrorCode::Forbidden, "the code is not the one of now");
    let account = table::of(change.db, signed.technician)?.ok_or_else(Refusal::unauthenticated)?;
    let secret = account.totp_offered.ok_or(Refusal::new(ErrorCode::Conflict, "nothing waits to be confirmed"))?;
    let step = totp::step_of(&secret, code.trim(), change.now, 0).ok_or(WRONG)?;
    table::set_totp(change.db, signed.technician, Some(&secret), step)?;
    let (codes, kept) = totp::papers()?;
    table::set_recovery(change.db, signed.technician, &kept)?;
    change.audit(Actor::Technician(signed.technician), "account.totp_on", &target(signed.technician), &json!({}))?;
    Ok(codes)
}

/// No codes are asked for any more.
pub(crate) fn drop_totp(change: &Change<'_>, signed: Signed) -> Result<(), StoreError> {
    table::set_totp(change.db, signed.technician, None, 0)?;
    table::set_recovery(change.db, signed.technician, &[])?;
    change.audit(Actor::Technician(signed.technician), "account.totp_off", &target(signed.technician), &json!({}))
}

/// A code was made with which a technician gets an account.
pub(crate) fn code_made(change: &Change<'_>, by: TechnicianId, technician: TechnicianId) -> Result<(), Refusal> {
    technicians::by_id(change.db, technician)?.ok_or_else(Refusal::not_found)?;
    change.audit(Actor::Technician(by), "account.code_made", &target(technician), &json!({}))?;
    Ok(())
}

/// All accounts. What only memory knows of their sessions is missing.
pub(crate) fn all(db: &Connection) -> Result<Vec<(AccountRecord, Vec<browsers::Stored>)>, StoreError> {
    let now = clock::wall();
    let mut accounts = Vec::new();
    for account in table::all(db)? {
        let tries = table::tries(db, &crate::account::name_digest(account.login.as_str()), now)?;
        let record = AccountRecord {
            technician: account.technician,
            login: account.login,
            totp: account.totp.is_some(),
            locked_until: (tries.locked_until > now).then_some(tries.locked_until),
            sessions: Vec::new(),
        };
        accounts.push((record, browsers::of(db, account.technician, now)?));
    }
    Ok(accounts)
}
