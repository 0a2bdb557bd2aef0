//! The bytes that are hashed, signed and authenticated. A change here is a change of the protocol.

use std::fmt::Write as _;

use deskhand_protocol::{
    call::signal::{DeclineReason, Introduction, Knowing, Seat},
    company::SealedCertificate,
    key::{Digest, Nonce, PakeShare},
    record::EndReason,
};

use super::pair::{device, introduction, run, session, technician, view_and_control};
use crate::handshake::{
    Words,
    bytes::{self, Content, Parties, Party, Role, RunKey, Transcript},
};

fn parties() -> Parties {
    Parties {
        run: RunKey { session: session(1), run: run(1) },
        console: Party { key: technician().public(), nonce: Nonce([0xc1; 32]) },
        helper: Party { key: device().public(), nonce: Nonce([0xd2; 32]) },
    }
}

fn transcript(shares: Option<[PakeShare; 2]>, knowing: Knowing) -> Vec<u8> {
    let Parties { run, console, helper } = parties();
    let introduction = introduction(vec![Digest([0xe3; 32])]);
    Transcript { run, versions: [1, 1], knowing: [knowing; 2], console, helper, shares, introduction: &introduction }
        .to_bytes()
}

/// Fields as lines: the length, then text where it is text, hex where not.
fn shown(bytes: &[u8]) -> String {
    let mut text = String::new();
    let mut rest = bytes;
    while let Some((len, tail)) = rest.split_first_chunk::<4>() {
        let len = u32::from_be_bytes(*len) as usize;
        let (field, tail) = tail.split_at(len);
        let printable = !field.is_empty() && field.iter().all(|byte| (0x20..0x7f).contains(byte));
        let field = if printable {
            format!("{:?}", std::str::from_utf8(field).unwrap())
        } else {
            data_encoding::HEXLOWER.encode(field)
        };
        writeln!(text, "{len:>3} {field}").unwrap();
        rest = tail;
    }
    assert!(rest.is_empty());
    text
}

#[test]
fn the_transcript_of_a_run_with_a_code() {
    insta::assert_snapshot!(shown(&transcript(Some([PakeShare([0x41; 33]), PakeShare([0x42; 33])]), Knowing::Spoken)));
}

#[test]
fn a_certificate_is_one_field_more_at_the_end() {
    let Parties { run, console, helper } = parties();
    let bytes = |introduction: &Introduction| {
        let knowing = [Knowing::Pinned; 2];
        Transcript { run, versions: [1, 1], knowing, console, helper, shares: None, introduction }.to_bytes()
    };
    let plain = introduction(vec![Digest([0xe3; 32])]);
    let certificate = SealedCertificate::from_bytes(b"certificate".to_vec()).unwrap();
    let certified = Introduction { certificate: Some(certificate), ..plain.clone() };
    assert_eq!(bytes(&certified), [bytes(&plain).as_slice(), &[0, 0, 0, 11], b"certificate"].concat());
}

#[test]
fn a_browser_is_two_fields_or_three_where_a_desktop_has_none_or_one() {
    let Parties { run, console, helper } = parties();
    let bytes = |introduction: &Introduction| {
        let knowing = [Knowing::Pinned; 2];
        Transcript { run, versions: [1, 1], knowing, console, helper, shares: None, introduction }.to_bytes()
    };
    let plain = introduction(vec![Digest([0xe3; 32])]);
    let browser = Introduction { seat: Seat::Browser, ..plain.clone() };
    let end = [&[0, 0, 0, 7], b"browser".as_slice(), &[0, 0, 0, 1]].concat();
    assert_eq!(bytes(&browser), [bytes(&plain).as_slice(), &end, &[0]].concat());
    let certificate = Some(SealedCertificate::from_bytes(b"certificate".to_vec()).unwrap());
    let certified = Introduction { certificate, ..browser };
    assert_eq!(bytes(&certified), [bytes(&plain).as_slice(), &end, &[1, 0, 0, 0, 11], b"certificate"].concat());
}

#[test]
fn the_transcript_of_a_pinned_run() {
    insta::assert_snapshot!(shown(&transcript(None, Knowing::Pinned)));
}

#[test]
fn the_proofs_of_both_ends() {
    insta::assert_snapshot!(format!(
        "{}\n{}",
        shown(&bytes::proof(Role::Console, b"transcript")),
        shown(&bytes::proof(Role::Helper, b"transcript"))
    ));
}

#[test]
fn the_identities_in_the_pake() {
    insta::assert_snapshot!(format!(
        "{}\n{}",
        shown(&bytes::pake_identity(Role::Console, session(1), &technician().public())),
        shown(&bytes::pake_identity(Role::Helper, session(1), &device().public()))
    ));
}

#[test]
fn the_commitment() {
    insta::assert_snapshot!(bytes::commitment(run(1), &parties().console).to_string());
}

#[test]
fn the_words() {
    insta::assert_snapshot!(format!("{}\n{}", shown(&bytes::words(&parties())), Words::of(&parties())));
}

#[test]
fn what_is_signed_in_a_call() {
    let (nonce, ask) = (Nonce([0xf4; 32]), view_and_control());
    let contents = [
        Content::Ask { nonce: &nonce, ask: &ask },
        Content::Decline { nonce: &nonce, reason: DeclineReason::NoAnswer },
        Content::Offer { nonce: &nonce, generation: 0, sdp: "v=0" },
        Content::Answer { nonce: &nonce, generation: 1, sdp: "v=0" },
        Content::Mend { nonce: &nonce, generation: 1 },
        Content::Bye { role: Role::Console, reason: EndReason::TechnicianEnded },
        Content::Bye { role: Role::Helper, reason: EndReason::CustomerEnded },
    ];
    let all: Vec<_> = contents.iter().map(|content| shown(&content.to_bytes(&parties()))).collect();
    insta::assert_snapshot!(all.join("\n"));
}
