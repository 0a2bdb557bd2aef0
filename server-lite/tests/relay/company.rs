//! The company's key and its certificates, over real sockets: what is stored, who may, and what helpers are told.

use deskhand_protocol::{
    UnixMillis,
    company::{Certified, CompanyRecord, NewCertificate, NewCompanyKey, SealedCertificate},
    error::ErrorCode,
    id::CertificateId,
    key::{PublicKey, Signature},
    record::TechnicianRecord,
    relay::{
        console_socket::RelayToConsole,
        helper_socket::{HelperToRelay, RelayToHelper},
        records::{AuditFilter, AuditPage, AuditQuery},
    },
};
use ed25519_dalek::{Signer as _, SigningKey};

use crate::{
    peers::{Answer, Helper, House, Technician, fresh, name, post, public},
    routes::add_technician,
};

const DAY: i64 = 24 * 3600 * 1000;

fn today() -> UnixMillis {
    let since = std::time::UNIX_EPOCH.elapsed().unwrap();
    UnixMillis(since.as_millis().try_into().unwrap())
}

fn certified(company: &SigningKey, technician: &TechnicianRecord) -> Certified {
    Certified {
        id: CertificateId::from_uuid(uuid::Uuid::now_v7()),
        company: public(company),
        technician: technician.key,
        from: today(),
        until: UnixMillis(today().0 + 90 * DAY),
        name: technician.name.clone(),
        company_name: technician.company.clone(),
    }
}

fn sealed(company: &SigningKey, certified: &Certified) -> SealedCertificate {
    certified.sealed(&Signature(company.sign(&certified.signed_bytes()).to_bytes()))
}

async fn bring(owner: &Technician, key: PublicKey, replaces: Option<PublicKey>) -> Answer {
    post(owner.at, "/api/v1/company", Some(&owner.token), &NewCompanyKey { key, replaces }).await
}

async fn certify(owner: &Technician, whom: &TechnicianRecord, certificate: SealedCertificate) -> Answer {
    let new = NewCertificate { technician: whom.id, certificate };
    post(owner.at, "/api/v1/company/certificates", Some(&owner.token), &new).await
}

async fn revoke(owner: &Technician, whom: &TechnicianRecord) -> Answer {
    post(owner.at, &format!("/api/v1/company/people/{}/revoke", whom.id), Some(&owner.token), &()).await
}

/// A house with its owner and a second technician, both signed in.
async fn two() -> (House, Technician, Technician) {
    let mut house = House::new().await;
    let mut owner = house.owner().await;
    house.stop().await;
    let mut other = add_technician(&house);
    house.start().await;
    owner.sign_in(house.at()).await;
    other.sign_in(house.at()).await;
    (house, owner, other)
}

/// What a helper that comes now is told is revoked.
async fn told_revoked(house: &House, owner: &Technician) -> Vec<CertificateId> {
    let (_, code) = owner.new_session().await;
    let mut helper = Helper::connect(house.at(), &SigningKey::from_bytes(&fresh())).await;
    helper.send(&HelperToRelay::Claim { finder: code.finder.clone() }).await;
    match helper.next().await {
        RelayToHelper::Claimed { revoked, .. } => revoked,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_relay_keeps_the_companys_key_and_what_it_has_signed() {
    let (house, owner, other) = two().await;
    let mut console = owner.console().await;
    let company = SigningKey::from_bytes(&fresh());
    let nobody: CompanyRecord = other.get("/api/v1/company").await;
    assert_eq!(nobody.key, None);
    assert_eq!(nobody.people.iter().map(|person| person.owner).collect::<Vec<_>>(), [true, false]);
    let early = sealed(&company, &certified(&company, &other.record));
    certify(&owner, &other.record, early).await.refuses(409, ErrorCode::Conflict);

    bring(&owner, public(&company), None).await.is::<CompanyRecord>(200);
    console.until(|told| (told == RelayToConsole::CompanyChanged).then_some(())).await;
    let good = certified(&company, &other.record);
    certify(&owner, &other.record, sealed(&company, &good)).await.is::<CompanyRecord>(200);
    console.until(|told| (told == RelayToConsole::CompanyChanged).then_some(())).await;
    let seen: CompanyRecord = other.get("/api/v1/company").await;
    assert_eq!(seen.key, Some(public(&company)));
    let person = seen.people.iter().find(|person| person.technician == other.record).unwrap();
    assert_eq!(person.certificate, Some(sealed(&company, &good)));
    assert!(told_revoked(&house, &owner).await.is_empty());

    let revoked: CompanyRecord = revoke(&owner, &other.record).await.is(200);
    let person = revoked.people.iter().find(|person| person.technician == other.record).unwrap();
    assert_eq!((person.certificate.as_ref(), person.revoked_at.is_some()), (None, true));
    assert_eq!(told_revoked(&house, &owner).await, [good.id]);
    revoke(&owner, &other.record).await.refuses(404, ErrorCode::NotFound);

    // Certified again, he is known again; what was revoked stays so.
    let again = certified(&company, &other.record);
    let record: CompanyRecord = certify(&owner, &other.record, sealed(&company, &again)).await.is(200);
    let person = record.people.iter().find(|person| person.technician == other.record).unwrap();
    assert_eq!((person.certificate.clone(), person.revoked_at), (Some(sealed(&company, &again)), None));
    assert_eq!(told_revoked(&house, &owner).await, [good.id]);

    let query = AuditQuery { filter: AuditFilter::default(), before: None, limit: 100 };
    let audit: AuditPage = post(owner.at, "/api/v1/audit/search", Some(&owner.token), &query).await.is(200);
    let actions: Vec<&str> = audit.lines.iter().map(|line| line.row.action.as_str()).collect();
    for action in ["company.key_set", "technician.certified", "technician.certificate_revoked"] {
        assert!(actions.contains(&action), "{action} is in the audit log");
    }
}

#[tokio::test]
async fn nothing_is_stored_that_the_companys_key_has_not_signed_for_this_technician() {
    let (_house, owner, other) = two().await;
    let (company, thief) = (SigningKey::from_bytes(&fresh()), SigningKey::from_bytes(&fresh()));
    bring(&owner, public(&company), None).await.is::<CompanyRecord>(200);
    let good = certified(&company, &other.record);
    let wrong = [
        sealed(&thief, &good),
        sealed(&thief, &Certified { company: public(&thief), ..good.clone() }),
        sealed(&company, &Certified { technician: public(&thief), ..good.clone() }),
        sealed(&company, &Certified { name: name("Your Bank"), ..good.clone() }),
        sealed(&company, &Certified { company_name: name("Your Bank"), ..good.clone() }),
        sealed(&company, &Certified { from: UnixMillis(0), until: UnixMillis(1), ..good.clone() }),
        sealed(&company, &certified(&company, &owner.record)),
        SealedCertificate::from_bytes(vec![1; 300]).unwrap(),
    ];
    for certificate in wrong {
        certify(&owner, &other.record, certificate).await.refuses(400, ErrorCode::Malformed);
    }
    let unknown = TechnicianRecord { id: uuid::Uuid::now_v7().to_string().parse().unwrap(), ..other.record.clone() };
    certify(&owner, &unknown, sealed(&company, &good)).await.refuses(404, ErrorCode::NotFound);
    certify(&other, &other.record, sealed(&company, &good)).await.refuses(403, ErrorCode::Forbidden);
    let record: CompanyRecord = owner.get("/api/v1/company").await;
    assert!(record.people.iter().all(|person| person.certificate.is_none()));
    certify(&owner, &other.record, sealed(&company, &good)).await.is::<CompanyRecord>(200);
    certify(&owner, &other.record, sealed(&company, &good)).await.refuses(409, ErrorCode::Conflict);
}

#[tokio::test]
async fn another_company_key_comes_only_in_place_of_the_one_that_is_known() {
    let (_house, owner, other) = two().await;
    let keys = [fresh(), fresh()].map(|seed| SigningKey::from_bytes(&seed));
    bring(&owner, public(&keys[0]), None).await.is::<CompanyRecord>(200);
    bring(&owner, public(&keys[0]), None).await.is::<CompanyRecord>(200);
    certify(&owner, &other.record, sealed(&keys[0], &certified(&keys[0], &other.record)))
        .await
        .is::<CompanyRecord>(200);
    for replaces in [None, Some(public(&keys[1]))] {
        bring(&owner, public(&keys[1]), replaces).await.refuses(409, ErrorCode::Conflict);
    }
    bring(&other, public(&keys[1]), Some(public(&keys[0]))).await.refuses(403, ErrorCode::Forbidden);
    let record: CompanyRecord = bring(&owner, public(&keys[1]), Some(public(&keys[0]))).await.is(200);
    assert_eq!(record.key, Some(public(&keys[1])));
    assert!(record.people.iter().all(|person| person.certificate.is_none()), "the old key's word is gone with it");
}

#[tokio::test]
async fn the_certificate_of_a_technician_who_is_gone_is_told_as_revoked() {
    let (mut house, mut owner, other) = two().await;
    let company = SigningKey::from_bytes(&fresh());
    bring(&owner, public(&company), None).await.is::<CompanyRecord>(200);
    let good = certified(&company, &other.record);
    certify(&owner, &other.record, sealed(&company, &good)).await.is::<CompanyRecord>(200);
    house.stop().await;
    let db = rusqlite::Connection::open(house.dir.path().join("relay.db")).unwrap();
    db.execute("DELETE FROM technicians WHERE id = ?1", [other.record.id.to_string()]).unwrap();
    drop(db);
    house.start().await;
    owner.sign_in(house.at()).await;
    assert_eq!(told_revoked(&house, &owner).await, [good.id]);
}
