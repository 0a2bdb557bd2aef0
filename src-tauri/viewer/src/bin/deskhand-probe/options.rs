//! How the probe is started.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use deskhand_protocol::{
    call::control::VideoCodec,
    code::{Invitation, RelayAddress},
    id::SessionId,
    key::Digest,
    relay::setup::SetupToken,
};

/// The technician's end of a Deskhand call, without a window.
#[derive(Debug, Parser)]
#[command(name = "deskhand-probe", version)]
pub(crate) struct Options {
    /// The relay: `https://HOST[:PORT]`, or `http://127.0.0.1:PORT`.
    #[arg(long, value_name = "URL")]
    pub(crate) relay: RelayAddress,
    /// The relay's own certificate (SHA-256 of its public key, base64url), when no authority vouches for it.
    #[arg(long, value_name = "DIGEST")]
    pub(crate) pin: Option<Digest>,
    /// Where the technician's key is kept.
    #[arg(long, value_name = "DIR")]
    pub(crate) data: PathBuf,
    /// Joins the relay as its owner with this one-time token, and the pin that may be part of it.
    #[arg(long, value_name = "TOKEN")]
    pub(crate) setup: Option<SetupToken>,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

impl Options {
    /// The certificate to insist on.
    pub(crate) fn pin(&self) -> Option<Digest> {
        self.pin.or_else(|| self.setup.as_ref()?.pin)
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Makes one call from invitation to end.
    Call(CallOptions),
}

#[derive(Debug, Args)]
pub(crate) struct CallOptions {
    /// Makes a session for this customer.
    #[arg(long, value_name = "NAME", default_value = "Probe")]
    pub(crate) customer: String,
    /// Takes this session instead, which must have been made with this key.
    #[arg(long, value_name = "ID", requires = "code")]
    pub(crate) session: Option<SessionId>,
    /// The spoken code of that session.
    #[arg(long, value_name = "CODE")]
    pub(crate) code: Option<Invitation>,
    /// How long to wait for the customer and his answer.
    #[arg(long, value_name = "N", default_value_t = 120)]
    pub(crate) wait_seconds: u64,
    /// How long to watch once the screen is shared.
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub(crate) view_seconds: u64,
    /// Watches until told to end: takes orders on the standard input, a line of JSON each.
    #[arg(long, conflicts_with_all = ["view_seconds", "text", "keys"])]
    pub(crate) orders: bool,
    /// Types this once the first picture is there.
    #[arg(long = "type", value_name = "TEXT")]
    pub(crate) text: Option<String>,
    /// Presses and releases these keys after that: USB HID usages of the keyboard page, as `0x28`.
    #[arg(long = "key", value_name = "USAGE", value_parser = usage)]
    pub(crate) keys: Vec<u16>,
    /// What the viewer can decode, best first.
    #[arg(long, value_enum, value_delimiter = ',', default_values = ["av1", "h264"])]
    pub(crate) codecs: Vec<Codec>,
    /// Writes what was measured into this file.
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Codec {
    Av1,
    H264,
}

impl From<Codec> for VideoCodec {
    fn from(codec: Codec) -> Self {
        match codec {
            Codec::Av1 => Self::Av1,
            Codec::H264 => Self::H264,
        }
    }
}

fn usage(text: &str) -> Result<u16, std::num::ParseIntError> {
    text.strip_prefix("0x").map_or_else(|| text.parse(), |hex| u16::from_str_radix(hex, 16))
}
