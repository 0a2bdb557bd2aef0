//! A certificate from an authority that speaks ACME (RFC 8555), got and renewed by the relay itself.
//!
//! The authority sees that the name is the relay's by a TLS handshake with the listener itself (TLS-ALPN-01, RFC 8737):
//! no further port, no further program. It calls at port 443, wherever the listener really is; so 443 must lead to it.
//!
//! Until there is a certificate, and when renewing fails for so long that the last one ends, the relay goes on with its
//! own one. Account, key and certificate are kept in the data folder: authorities count how often they are asked.

mod client;

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use anyhow::{Context as _, bail};
use instant_acme::{
    Account, AuthorizationStatus, ChallengeType, Identifier, NewAccount, NewOrder, OrderStatus, RetryPolicy,
};
use rcgen::{CertificateParams, CustomExtension, DistinguishedName, KeyPair};
use rustls::{
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, pem::PemObject as _},
    sign::CertifiedKey,
};
use tokio_util::sync::CancellationToken;
use x509_parser::{certificate::X509Certificate, prelude::FromDer as _};
use zeroize::Zeroizing;

use self::client::AuthorityClient;
use crate::{
    certificate::{self, Shown},
    clock,
    folder::Folder,
};

/// Account with the authority, in JSON.
const ACCOUNT: &str = "acme-account.json";
/// Key and certificate chain, in PEM.
const CERTIFICATE: &str = "acme.pem";
/// Pause after the first failure; each further one doubles it. Authorities allow five failures of a name in an hour.
const FIRST_PAUSE: Duration = Duration::from_secs(15 * 60);
/// Longest pause after a failure.
const LAST_PAUSE: Duration = Duration::from_secs(24 * 3600);
/// Longest time in which an authority looks at the listener, and makes the certificate.
const PATIENCE: Duration = Duration::from_secs(120);

/// Whom to ask for a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acme {
    /// For which names.
    pub names: Vec<String>,
    /// Where the authority writes to when something is wrong, as `mailto:admin@example.org`.
    pub contact: Option<String>,
    /// The authority's directory.
    pub directory: String,
    /// Certificates (PEM) by which the authority itself is known, where the system does not know it.
    pub roots: Option<PathBuf>,
}

/// Keeps a listener's certificate good.
pub(crate) struct Keeper {
    acme: Acme,
    folder: Arc<Folder>,
    shown: Arc<Shown>,
}

impl Keeper {
    pub(crate) const fn new(acme: Acme, folder: Arc<Folder>, shown: Arc<Shown>) -> Self {
        Self { acme, folder, shown }
    }

    /// Shows the certificate of before if it is still good, then keeps one until `stop`.
    pub(crate) async fn run(self, stop: CancellationToken) {
        let mut renew_at = self.stored();
        let mut pause = FIRST_PAUSE;
        loop {
            let wait = renew_at.map_or(Duration::ZERO, until);
            if stop.run_until_cancelled(tokio::time::sleep(wait)).await.is_none() {
                return;
            }
            let Some(got) = stop.run_until_cancelled(self.obtain()).await else { return };
            match got {
                Ok(next) => {
                    tracing::info!("the authority has given a certificate");
                    (renew_at, pause) = (Some(next), FIRST_PAUSE);
                }
                Err(error) => {
                    let error = format!("{error:#}");
                    tracing::warn!(%error, minutes = pause.as_secs() / 60, "no certificate yet; trying again");
                    renew_at = SystemTime::now().checked_add(pause);
                    pause = (pause * 2).min(LAST_PAUSE);
                }
            }
        }
    }

    /// Shows what is kept, and tells when it is to be renewed; `None` when there is nothing of use.
    fn stored(&self) -> Option<SystemTime> {
        let pem = std::fs::read(self.folder.file(CERTIFICATE)).map(Zeroizing::new).ok()?;
        self.show(&pem).inspect_err(|error| tracing::warn!(%error, "the stored certificate is of no use")).ok()
    }

    /// Shows key and chain, and tells when they are to be renewed.
    fn show(&self, pem: &[u8]) -> anyhow::Result<SystemTime> {
        let key = PrivateKeyDer::from_pem_slice(pem).map_err(|_| anyhow::anyhow!("there is no key"))?;
        let chain = CertificateDer::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>().context("no certificate")?;
        let first = chain.first().context("no certificate")?;
        let life = Life::of(first)?;
        if SystemTime::now() >= life.until {
            bail!("it has expired");
        }
        if !self.acme.names.iter().all(|name| life.names.contains(name)) {
            bail!("it is for other names");
        }
        self.shown.set(certificate::certified(chain, &key).map_err(anyhow::Error::msg)?);
        Ok(life.renew_at())
    }

    /// Asks the authority; tells when to ask again.
    async fn obtain(&self) -> anyhow::Result<SystemTime> {
        let account = self.account().await.context("the authority gives no account")?;
        let names: Vec<_> = self.acme.names.iter().cloned().map(Identifier::Dns).collect();
        let mut order = account.new_order(&NewOrder::new(&names)).await.context("the authority takes no order")?;
        let _answers = Answers(&self.shown);
        let mut authorizations = order.authorizations();
        while let Some(authorization) = authorizations.next().await {
            let mut authorization = authorization?;
            match authorization.status {
                AuthorizationStatus::Pending => {}
                AuthorizationStatus::Valid => continue,
                status => bail!("the authority says {status:?} of a name"),
            }
            let mut challenge = authorization
                .challenge(ChallengeType::TlsAlpn01)
                .context("the authority does not look at the TLS port (TLS-ALPN-01)")?;
            let name = challenge.identifier().to_string();
            let answer = answer(&name, challenge.key_authorization().digest().as_ref())?;
            self.shown.answer(name, answer);
            challenge.set_ready().await?;
        }
        let retries = RetryPolicy::new().timeout(PATIENCE);
        match order.poll_ready(&retries).await? {
            OrderStatus::Ready => {}
            status => bail!(
                "the authority did not find this relay under its name ({status:?}); port 443 of {} must lead here",
                self.acme.names.join(", ")
            ),
        }
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(self.acme.names.clone())?;
        params.distinguished_name = DistinguishedName::new();
        order.finalize_csr(params.serialize_request(&key)?.der()).await?;
        let chain = order.poll_certificate(&retries).await?;
        let pem = Zeroizing::new(format!("{}{chain}", *Zeroizing::new(key.serialize_pem())));
        let renew_at = self.show(pem.as_bytes())?;
        // Shown already: a full disk costs another order after the next start, nothing now.
        if let Err(error) = self.folder.replace(CERTIFICATE, pem.as_bytes()) {
            tracing::warn!(%error, "the certificate could not be stored");
        }
        Ok(renew_at)
    }

    async fn account(&self) -> anyhow::Result<Account> {
        let builder = || -> anyhow::Result<_> {
            let client = AuthorityClient::new(self.acme.roots.as_deref())?;
            Ok(Account::builder_with_http(Box::new(client)))
        };
        let kept = std::fs::read(self.folder.file(ACCOUNT)).map(Zeroizing::new).ok();
        let kept = kept.and_then(|kept| serde_json::from_slice::<Kept>(&kept).ok());
        if let Some(kept) = kept.filter(|kept| kept.directory == self.acme.directory) {
            return Ok(builder()?.from_credentials(serde_json::from_value(kept.credentials)?).await?);
        }
        let contact: Vec<&str> = self.acme.contact.as_deref().into_iter().collect();
        let new = NewAccount { contact: &contact, terms_of_service_agreed: true, only_return_existing: false };
        let (account, credentials) = builder()?.create(&new, self.acme.directory.clone(), None).await?;
        let kept = Kept { directory: self.acme.directory.clone(), credentials: serde_json::to_value(&credentials)? };
        self.folder.replace(ACCOUNT, &Zeroizing::new(serde_json::to_vec(&kept)?))?;
        Ok(account)
    }
}

/// An account, and with whom: credentials of one authority are nothing to another.
#[derive(serde::Serialize, serde::Deserialize)]
struct Kept {
    directory: String,
    credentials: serde_json::Value,
}

/// Takes the answers to the authority's questions away, however asking ends.
struct Answers<'a>(&'a Shown);

impl Drop for Answers<'_> {
    fn drop(&mut self) {
        self.0.no_answers();
    }
}

/// The certificate that answers the authority: RFC 8737 section 3.
fn answer(name: &str, digest: &[u8]) -> anyhow::Result<CertifiedKey> {
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(vec![name.to_owned()])?;
    params.custom_extensions.push(CustomExtension::new_acme_identifier(digest));
    let made = params.self_signed(&key)?;
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    // Its one critical extension is the answer; whoever reads it as a certificate for the web refuses it.
    Ok(CertifiedKey::new(vec![made.der().clone()], rustls::crypto::ring::sign::any_supported_type(&key)?))
}

/// For what and how long a certificate is good.
struct Life {
    names: Vec<String>,
    from: SystemTime,
    until: SystemTime,
}

impl Life {
    fn of(certificate: &CertificateDer<'_>) -> anyhow::Result<Self> {
        let (_, parsed) = X509Certificate::from_der(certificate).map_err(|_| anyhow::anyhow!("not a certificate"))?;
        let at = |seconds: i64| UNIX_EPOCH + Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
        let names = parsed.subject_alternative_name().ok().flatten().map(|names| {
            let names = names.value.general_names.iter();
            names.filter_map(|name| match name {
                x509_parser::extensions::GeneralName::DNSName(name) => Some((*name).to_owned()),
                _ => None,
            })
        });
        Ok(Self {
            names: names.into_iter().flatten().collect(),
            from: at(parsed.validity().not_before.timestamp()),
            until: at(parsed.validity().not_after.timestamp()),
        })
    }

    /// When two thirds of its life are over, as authorities recommend.
    fn renew_at(&self) -> SystemTime {
        let life = self.until.duration_since(self.from).unwrap_or_default();
        self.from + life * 2 / 3
    }
}

/// How long until then, by the relay's own clock, which does not run backwards.
fn until(then: SystemTime) -> Duration {
    let now = UNIX_EPOCH + Duration::from_millis(u64::try_from(clock::wall().0).unwrap_or(0));
    then.duration_since(now).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_renewed_when_a_third_of_its_life_is_left() {
        let from = UNIX_EPOCH + Duration::from_secs(1_000);
        let life = Life { names: Vec::new(), from, until: from + Duration::from_secs(90) };
        assert_eq!(life.renew_at(), from + Duration::from_secs(60));
    }

    #[test]
    fn what_a_certificate_is_good_for_is_read_from_it() {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec!["help.example.org".to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(2020, 1, 4);
        let life = Life::of(params.self_signed(&key).unwrap().der()).unwrap();
        assert_eq!(life.names, ["help.example.org"]);
        assert_eq!(life.until.duration_since(life.from).unwrap(), Duration::from_secs(3 * 24 * 3600));
        assert!(Life::of(&CertificateDer::from(vec![1, 2, 3])).is_err());
    }
}
