//! Templates: the builds of the customer's program that a relay keeps, one in use for each platform, with those it
//! replaced. A template is the generic program; nothing of a customer, a company or a call is ever put into it.

use serde::{Deserialize, Serialize};

use crate::{UnixMillis, id::TemplateId, key::Digest, text::Name};

/// What stands in every build of the customer's program: this, its version, and [`STAMP_TAIL`]. By it a program is
/// known to be ours, whatever its file is called.
pub const STAMP_HEAD: &str = "deskhand-helper/template/1/";
/// See [`STAMP_HEAD`].
pub const STAMP_TAIL: &str = "/end";

/// A system with its processor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum Platform {
    /// Windows on x86-64.
    WindowsX64,
    /// Windows on 64-bit ARM.
    WindowsArm64,
    /// macOS on both of its processors, in one file.
    MacosUniversal,
    /// macOS on Apple's processors.
    MacosArm64,
    /// macOS on x86-64.
    MacosX64,
    /// Linux on x86-64.
    LinuxX64,
    /// Linux on 64-bit ARM.
    LinuxArm64,
}

impl Platform {
    /// All of them, the commonest first.
    pub const ALL: [Self; 7] = [
        Self::WindowsX64,
        Self::WindowsArm64,
        Self::MacosUniversal,
        Self::MacosArm64,
        Self::MacosX64,
        Self::LinuxX64,
        Self::LinuxArm64,
    ];

    /// The word it has on the wire and in addresses.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::WindowsX64 => "windows_x64",
            Self::WindowsArm64 => "windows_arm64",
            Self::MacosUniversal => "macos_universal",
            Self::MacosArm64 => "macos_arm64",
            Self::MacosX64 => "macos_x64",
            Self::LinuxX64 => "linux_x64",
            Self::LinuxArm64 => "linux_arm64",
        }
    }

    /// The platform of a word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|platform| platform.word() == word)
    }

    /// What programs end with there.
    #[must_use]
    pub const fn ending(self) -> &'static str {
        match self {
            Self::WindowsX64 | Self::WindowsArm64 => ".exe",
            _ => "",
        }
    }

    /// Whether people there unpack zip files by a double-click, and tarballs not.
    #[must_use]
    pub const fn likes_zip(self) -> bool {
        !matches!(self, Self::LinuxX64 | Self::LinuxArm64)
    }
}

/// One template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct TemplateRecord {
    /// Its id.
    pub id: TemplateId,
    /// For what, as read from the file.
    pub platform: Platform,
    /// Its version, as read from the file.
    #[ts(type = "string")]
    pub version: Name,
    /// Its size in bytes.
    #[ts(type = "number")]
    pub size: u64,
    /// SHA-256 of the file.
    pub sha256: Digest,
    /// The same as people compare it: 64 hexadecimal digits. What a relay says; a file is named by [`Digest::hex`].
    pub sha256_hex: String,
    /// When it came.
    pub added_at: UnixMillis,
    /// Who brought it; empty for one that came with the console.
    #[ts(type = "string")]
    pub added_by: Name,
    /// Whether it came with the console.
    pub shipped: bool,
    /// Whether it is the one in use for its platform.
    pub current: bool,
    /// Whether the technician who asks has been shown it.
    pub seen: bool,
}

/// All templates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Templates {
    /// By platform, those in use first, then newest first.
    pub templates: Vec<TemplateRecord>,
}

/// Begins to upload a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewUpload {
    /// The file's size in bytes.
    pub size: u64,
    /// Whether it comes with the console, which then only takes the place of another such.
    pub shipped: bool,
}

/// How far an upload is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upload {
    /// Its id; known to its technician only.
    pub id: TemplateId,
    /// Bytes that have arrived; the next part begins there.
    pub received: u64,
}

/// What a template could not be, by a closed list that screens have a sentence for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum TemplateFault {
    /// No program of a system we know.
    NotAProgram,
    /// A program that ends early or points outside of itself.
    Damaged,
    /// A program, but not the customer's.
    NotOurs,
    /// A program of ours for a processor without a name here.
    UnknownPlatform,
}

impl TemplateFault {
    /// As one sentence; it crosses the wire as a refusal's text.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::NotAProgram => "the file is not a program for Windows, macOS or Linux",
            Self::Damaged => "the program is damaged or not complete",
            Self::NotOurs => "the program is not the Deskhand helper",
            Self::UnknownPlatform => "the program is for a processor that Deskhand does not know",
        }
    }

    /// The fault of a sentence.
    #[must_use]
    pub fn of_sentence(sentence: &str) -> Option<Self> {
        [Self::NotAProgram, Self::Damaged, Self::NotOurs, Self::UnknownPlatform]
            .into_iter()
            .find(|fault| fault.sentence() == sentence)
    }
}

/// Somebody who has no code asks for help on the relay's page. Hostile text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct HelpRequest {
    /// Its id.
    pub id: crate::id::RecordId,
    /// Who he says he is.
    #[ts(type = "string")]
    pub name: Name,
    /// What he says is wrong.
    #[ts(type = "string")]
    pub problem: crate::text::ChatText,
    /// When he asked.
    pub asked_at: UnixMillis,
    /// When somebody took it up or put it aside; `None` while it waits.
    pub closed_at: Option<UnixMillis>,
}

/// Asks for help with the program, where there is no code or nobody who has time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewHelpRequest {
    /// Who asks.
    pub name: Name,
    /// What is wrong; at most [`PROBLEM_CHARS`](crate::limit::PROBLEM_CHARS).
    pub problem: crate::text::ChatText,
}

/// The request has arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct HelpAsked {
    /// By which it is asked after. Who does not know it finds nothing.
    pub id: crate::id::RecordId,
}

/// Where a request stands, for the one who asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum HelpStands {
    /// It waits.
    Waiting,
    /// Somebody has taken it up.
    TakenUp {
        /// The way to him.
        link: RequestLink,
    },
    /// Nobody will.
    PutAside,
}

/// Requests that wait, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HelpRequests {
    /// Newest first.
    pub requests: Vec<HelpRequest>,
}

/// What becomes of a request. The relay's own page hands the invitation on, and so this relay knows it: whoever takes
/// program and link from a relay's page trusts that relay for both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestAnswer {
    /// The link of the session that was made for it; `None` puts it aside. Must be there: nothing said is no answer.
    #[serde(deserialize_with = "Option::deserialize")]
    pub link: Option<RequestLink>,
}

/// Both halves of a link.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestLink {
    /// The half that finds the session.
    pub finder: crate::code::Finder,
    /// The other one, in its text form.
    pub secret: String,
}

impl std::fmt::Debug for RequestLink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RequestLink(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_platform_has_one_word_everywhere() {
        for platform in Platform::ALL {
            assert_eq!(serde_json::to_value(platform).unwrap(), platform.word());
            assert_eq!(Platform::of_word(platform.word()), Some(platform));
        }
        assert_eq!(Platform::of_word("../windows_x64"), None);
    }
}
