//! Signing in with a password, and what a technician does with his account.

use std::{sync::Arc, time::Instant};

use axum::{
    Extension, Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use deskhand_protocol::{
    company::TechnicianInvitation,
    error::ErrorCode,
    id::{RecordId, TechnicianId},
    relay::{
        Prover,
        account::{
            Account, Accounts, Again, BrowserSession, BrowserSessions, Login, NewAccount, NewPassword, RecoveryCodes,
            SignIn, TotpConfirm, TotpOffer, Typed,
        },
    },
    text::Name,
};

use super::{
    auth::note_refusal,
    body::{Body, Named},
    table::Caller,
};
use crate::{
    account::{Signed, Token, name_digest, no_cookie, totp},
    acts::accounts::{self as acts, Browser, Entered, Factor, Making},
    app::App,
    auth::{INVITATION, Whom},
    clock,
    door::Door,
    refusal::Refusal,
    store::{
        StoreError,
        accounts::{self as table, Stored},
        browsers,
        technicians::{self, Role},
    },
};

const WEAK: Refusal =
    Refusal::new(ErrorCode::WeakPassword, "the password is too short, or what anybody would try first");
const WRONG: Refusal = Refusal::new(ErrorCode::Forbidden, "the password or the code is wrong");
const CODE: Refusal = Refusal::new(ErrorCode::SecondFactor, "a code of the second factor is asked for");
const SPENT: Refusal = Refusal::new(ErrorCode::SetupRefused, "the code is wrong, or it was used");

fn accounts(app: &App) -> Result<&crate::account::Accounts, Refusal> {
    app.accounts.as_ref().ok_or_else(Refusal::not_found)
}

/// The browser that asks, with the key that it has proven.
fn browser(
    app: &App,
    door: &Door,
    headers: &HeaderMap,
    proof: &deskhand_protocol::relay::http::Prove,
) -> Option<Browser> {
    let key = app.auth.prove(Prover::Browser, proof, Instant::now())?;
    let name = headers.get(header::USER_AGENT).and_then(|name| name.to_str().ok()).unwrap_or_default();
    Some(Browser { key, from: door.caller(), name: Name::lossy(name) })
}

pub(crate) async fn make(
    State(app): State<Arc<App>>,
    Extension(door): Extension<Door>,
    headers: HeaderMap,
    Body(asked): Body<NewAccount>,
) -> Result<Response, Refusal> {
    app.proofs.take(door.caller())?;
    let NewAccount { token: typed, login, password, name, company, proof } = asked;
    let browser = browser(&app, &door, &headers, &proof);
    let now = Instant::now();
    let (whom, role) = if let Some(whom) = app.auth.invited(typed.as_str(), now) {
        (whom, Role::Technician)
    } else if app.auth.is_setup(typed.as_str()) {
        (Whom::Anybody, Role::Owner)
    } else {
        note_refusal(&app, "account.code_refused", door.caller()).await?;
        return Err(SPENT);
    };
    app.proofs.with(|limiter, now| limiter.give_back(door.caller(), now));
    // Good once, so it is not spent on what is refused anyway.
    let browser = browser.ok_or_else(Refusal::unauthenticated)?;
    if whom == Whom::Anybody && name.is_blank() {
        return Err(Refusal::malformed("a technician needs a name"));
    }
    if !password.is_good_for(&login) {
        return Err(WEAK);
    }
    let password = accounts(&app)?.passwords.seal(password).await?;
    let invited = match role {
        Role::Owner => None,
        Role::Technician => Some(app.auth.take_invitation(typed.as_str(), whom, now).ok_or(SPENT)?),
    };
    let making = Making { whom, role, login, password, name, company };
    let token = Arc::new(Token::new()?);
    let given = Arc::clone(&token);
    let made = app.store.write(move |change| acts::make(change, making, &browser, &given)).await;
    let entered = match (made, invited) {
        (Ok(entered), _) => entered,
        (Err(refusal), invited) => {
            if let Some(invited) = invited {
                app.auth.give_back(invited);
            }
            return Err(refusal);
        }
    };
    if role == Role::Owner {
        app.auth.owner_joined();
    }
    accounts(&app)?.live.end(&entered.gone);
    with_cookie(&app, entered.signed, &token).await
}

pub(crate) async fn sign_in(
    State(app): State<Arc<App>>,
    Extension(door): Extension<Door>,
    headers: HeaderMap,
    Body(asked): Body<SignIn>,
) -> Result<Response, Refusal> {
    let address = door.caller();
    accounts(&app)?.tries.take(address)?;
    let SignIn { login, password, code, proof } = asked;
    let browser = browser(&app, &door, &headers, &proof);
    let name = name_digest(login.as_str());
    // A name that cannot be one is like one that nobody has.
    let login = Login::new(login.as_str()).ok();
    let (tries, account) = app.store.write(move |change| acts::attempt(change, &name, login.as_ref())).await?;
    let kept = account.as_ref().map(|account| account.password.as_str());
    let right = accounts(&app)?.passwords.is(password, kept).await?;
    let technician = account.as_ref().map(|account| account.technician);
    let failed = async || {
        let noted = app.store.write(move |change| acts::failed(change, technician, tries, address)).await;
        Err(noted.map_or_else(|error: StoreError| error.into(), |()| Refusal::unauthenticated()))
    };
    let (true, Some(account), Some(browser)) = (right, account, browser) else { return failed().await };
    let token = Arc::new(Token::new()?);
    let given = Arc::clone(&token);
    let entered = app.store.write(move |change| {
        acts::enter(change, &name, &account, code.as_ref().map(Typed::as_str), (&browser, &given))
    });
    match entered.await? {
        Entered::In(entered) => {
            let accounts = accounts(&app)?;
            accounts.tries.with(|limiter, now| limiter.give_back(address, now));
            accounts.live.end(&entered.gone);
            with_cookie(&app, entered.signed, &token).await
        }
        Entered::Not(Factor::Missing) => {
            accounts(&app)?.tries.with(|limiter, now| limiter.give_back(address, now));
            Err(CODE)
        }
        Entered::Not(_) => failed().await,
    }
}

/// The account, and the token to the browser.
async fn with_cookie(app: &App, signed: Signed, token: &Token) -> Result<Response, Refusal> {
    let mut response = view(app, signed).await?.into_response();
    response.headers_mut().insert(header::SET_COOKIE, token.cookie()?);
    Ok(response)
}

async fn view(app: &App, signed: Signed) -> Result<Json<Account>, Refusal> {
    let pins = accounts(app)?.pins.clone();
    let view = app.store.read(move |db| acts::view(db, signed, pins)).await?;
    view.map(Json).ok_or_else(Refusal::unauthenticated)
}

pub(crate) async fn read(
    State(app): State<Arc<App>>,
    Extension(signed): Extension<Signed>,
) -> Result<Json<Account>, Refusal> {
    view(&app, signed).await
}

pub(crate) async fn sign_out(
    State(app): State<Arc<App>>,
    Extension(signed): Extension<Signed>,
) -> Result<Response, Refusal> {
    app.store.write(move |change| acts::end(change, signed, signed.session)).await?;
    accounts(&app)?.live.end(&[signed.session]);
    let mut response = StatusCode::NO_CONTENT.into_response();
    response.headers_mut().insert(header::SET_COOKIE, no_cookie()?);
    Ok(response)
}

pub(crate) async fn sessions(
    State(app): State<Arc<App>>,
    Extension(signed): Extension<Signed>,
) -> Result<Json<BrowserSessions>, Refusal> {
    let stored = app.store.read(move |db| browsers::of(db, signed.technician, clock::wall())).await?;
    Ok(Json(BrowserSessions { sessions: shown(&app, stored, Some(signed.session))? }))
}

fn shown(app: &App, stored: Vec<browsers::Stored>, here: Option<RecordId>) -> Result<Vec<BrowserSession>, Refusal> {
    let live = &accounts(app)?.live;
    let one = |stored: browsers::Stored| BrowserSession {
        id: stored.id,
        here: here == Some(stored.id),
        connected: live.is_open(stored.id),
        created_at: stored.created_at,
        used_at: stored.used_at,
        ends_at: stored.ends_at,
        from: stored.address,
        browser: stored.browser,
        key: stored.key,
    };
    Ok(stored.into_iter().map(one).collect())
}

pub(crate) async fn revoke(
    State(app): State<Arc<App>>,
    Extension(signed): Extension<Signed>,
    Named(session): Named<RecordId>,
) -> Result<Json<BrowserSessions>, Refusal> {
    app.store.write(move |change| acts::end(change, signed, session)).await?;
    accounts(&app)?.live.end(&[session]);
    sessions(State(app), Extension(signed)).await
}

/// Whether it is still he who sits there: his password, and a code where his account asks for one. Counted like a
/// sign-in.
async fn again(
    app: &App,
    door: &Door,
    signed: Signed,
    password: Typed,
    code: Option<Typed>,
) -> Result<Stored, Refusal> {
    accounts(app)?.tries.take(door.caller())?;
    let of = signed.technician;
    let known = app.store.read(move |db| table::of(db, of)).await?.ok_or_else(Refusal::unauthenticated)?;
    let name = name_digest(known.login.as_str());
    let (tries, account) = app.store.write(move |change| acts::attempt(change, &name, Some(&known.login))).await?;
    let account = account.filter(|account| account.technician == of).ok_or_else(Refusal::unauthenticated)?;
    let right = accounts(app)?.passwords.is(password, Some(&account.password)).await?;
    let (address, checked) = (door.caller(), account.clone());
    let factor = app.store.write(move |change| {
        let code = code.as_ref().map(Typed::as_str);
        let factor = if right { acts::factor(change, &checked, code)? } else { Factor::Wrong };
        match factor {
            Factor::Right => acts::forgive(change, &name)?,
            Factor::Missing => acts::excuse(change, &name)?,
            Factor::Wrong => acts::failed(change, Some(of), tries, address)?,
        }
        Ok::<_, StoreError>(factor)
    });
    match factor.await? {
        Factor::Right => {
            accounts(app)?.tries.with(|limiter, now| limiter.give_back(address, now));
            Ok(account)
        }
        Factor::Missing => Err(CODE),
        Factor::Wrong => Err(WRONG),
    }
}

pub(crate) async fn set_password(
    State(app): State<Arc<App>>,
    Extension(door): Extension<Door>,
    Extension(signed): Extension<Signed>,
    Body(asked): Body<NewPassword>,
) -> Result<Response, Refusal> {
    let NewPassword { password, new, code } = asked;
    let account = again(&app, &door, signed, password, code).await?;
    if !new.is_good_for(&account.login) {
        return Err(WEAK);
    }
    let sealed = accounts(&app)?.passwords.seal(new).await?;
    let token = Arc::new(Token::new()?);
    let given = Arc::clone(&token);
    let gone = app.store.write(move |change| acts::set_password(change, signed, &sealed, &given));
    accounts(&app)?.live.end(&gone.await.map_err(|error: StoreError| error)?);
    with_cookie(&app, signed, &token).await
}

pub(crate) async fn offer_totp(
    State(app): State<Arc<App>>,
    Extension(door): Extension<Door>,
    Extension(signed): Extension<Signed>,
    Body(asked): Body<Again>,
) -> Result<Json<TotpOffer>, Refusal> {
    let account = again(&app, &door, signed, asked.password, asked.code).await?;
    let secret = clock::random()?;
    let technician = app.store.read(move |db| technicians::by_id(db, signed.technician)).await?;
    app.store
        .write(move |change| acts::offer_totp(change, signed, &secret))
        .await
        .map_err(|error: StoreError| error)?;
    let company = technician.map(|technician| technician.company).unwrap_or_default();
    Ok(Json(totp::offer(&secret, &account.login, &company)))
}

pub(crate) async fn confirm_totp(
    State(app): State<Arc<App>>,
    Extension(door): Extension<Door>,
    Extension(signed): Extension<Signed>,
    Body(asked): Body<TotpConfirm>,
) -> Result<Json<RecoveryCodes>, Refusal> {
    accounts(&app)?.tries.take(door.caller())?;
    app.store.write(move |change| acts::confirm_totp(change, signed, asked.code.as_str())).await.map(Json)
}

pub(crate) async fn drop_totp(
    State(app): State<Arc<App>>,
    Extension(door): Extension<Door>,
    Extension(signed): Extension<Signed>,
    Body(asked): Body<Again>,
) -> Result<Json<Account>, Refusal> {
    again(&app, &door, signed, asked.password, asked.code).await?;
    app.store.write(move |change| acts::drop_totp(change, signed)).await.map_err(|error: StoreError| error)?;
    view(&app, signed).await
}

pub(crate) async fn all(
    State(app): State<Arc<App>>,
    _: Caller,
    signed: Option<Extension<Signed>>,
) -> Result<Json<Accounts>, Refusal> {
    let here = signed.map(|Extension(signed)| signed.session);
    let mut all = Accounts { accounts: Vec::new() };
    for (mut record, stored) in app.store.read(acts::all).await? {
        record.sessions = shown(&app, stored, here)?;
        all.accounts.push(record);
    }
    Ok(Json(all))
}

pub(crate) async fn end_all(
    State(app): State<Arc<App>>,
    Caller(owner): Caller,
    signed: Option<Extension<Signed>>,
    Named(technician): Named<TechnicianId>,
) -> Result<Json<Accounts>, Refusal> {
    let gone = app.store.write(move |change| acts::end_all(change, owner, technician)).await?;
    accounts(&app)?.live.end(&gone);
    all(State(app), Caller(owner), signed).await
}

/// A code with which a technician gets an account, or another password: for himself where he has his desktop console,
/// and from the owner for anybody.
pub(crate) async fn code(
    State(app): State<Arc<App>>,
    Caller(caller): Caller,
    signed: Option<Extension<Signed>>,
    Named(technician): Named<TechnicianId>,
) -> Result<Json<TechnicianInvitation>, Refusal> {
    const NOT_HIS: Refusal = Refusal::new(ErrorCode::Forbidden, "only the owner makes a code for somebody else");
    const NOT_HERE: Refusal = Refusal::new(ErrorCode::Forbidden, "a browser changes its password by the one that is");
    if technician == caller && signed.is_some() {
        return Err(NOT_HERE);
    }
    if technician != caller && app.store.read(technicians::owner).await? != Some(caller) {
        return Err(NOT_HIS);
    }
    app.store.write(move |change| acts::code_made(change, caller, technician)).await?;
    let token = app.auth.invite(Whom::Known(technician), Instant::now())?;
    Ok(Json(TechnicianInvitation { token, life_ms: u64::try_from(INVITATION.as_millis()).unwrap_or(u64::MAX) }))
}
