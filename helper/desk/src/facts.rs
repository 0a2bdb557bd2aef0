//! What the machine says of itself.

use deskhand_protocol::{
    record::{DeviceFacts, Via},
    text::Name,
};

/// The facts of this machine; `helper_version` is the program's own. What the system does not tell has a plain stand-in:
/// a call must not fail for want of a name.
#[must_use]
pub fn device_facts(helper_version: &str) -> DeviceFacts {
    let host = hostname::get().map(|host| host.to_string_lossy().into_owned()).unwrap_or_default();
    DeviceFacts {
        via: Via::Program,
        host: Name::lossy(if host.trim().is_empty() { "unnamed" } else { &host }),
        os: Name::lossy(&system()),
        arch: Name::lossy(std::env::consts::ARCH),
        helper_version: Name::lossy(helper_version),
    }
}

/// The system as it names itself (os-release(5)).
#[cfg(target_os = "linux")]
fn system() -> String {
    ["/etc/os-release", "/usr/lib/os-release"]
        .into_iter()
        .find_map(|path| pretty_name(&std::fs::read_to_string(path).ok()?))
        .unwrap_or_else(|| "Linux".to_owned())
}

/// The system as it names itself.
#[cfg(any(target_os = "macos", windows))]
fn system() -> String {
    let named = sysinfo::System::long_os_version().ok().filter(|name| !name.trim().is_empty());
    named.unwrap_or_else(|| if cfg!(windows) { "Windows" } else { "macOS" }.to_owned())
}

/// The kind of system.
#[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
fn system() -> String {
    std::env::consts::OS.to_owned()
}

/// `PRETTY_NAME` of an os-release file, without its shell quoting.
#[cfg(target_os = "linux")]
fn pretty_name(release: &str) -> Option<String> {
    let value = release.lines().find_map(|line| line.trim().strip_prefix("PRETTY_NAME="))?.trim();
    let quote = value.chars().next().filter(|first| matches!(first, '"' | '\''));
    let inner = quote.map_or(Some(value), |quote| value.strip_prefix(quote)?.strip_suffix(quote))?;
    let mut name = String::with_capacity(inner.len());
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        name.extend(if character == '\\' { characters.next() } else { Some(character) });
    }
    (!name.trim().is_empty()).then_some(name)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_pretty_name_loses_its_quoting() {
        let read = |text: &str| pretty_name(text);
        assert_eq!(
            read("ID=debian\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n").unwrap(),
            "Debian GNU/Linux 12 (bookworm)"
        );
        assert_eq!(read("PRETTY_NAME='Some Linux'").unwrap(), "Some Linux");
        assert_eq!(read("PRETTY_NAME=Plain").unwrap(), "Plain");
        assert_eq!(read(r#"PRETTY_NAME="A \"B\" \$C""#).unwrap(), "A \"B\" $C");
    }

    #[test]
    fn a_missing_or_empty_name_is_none() {
        for text in ["", "NAME=x", "PRETTY_NAME=", "PRETTY_NAME=\"", "PRETTY_NAME=\"  \""] {
            assert_eq!(pretty_name(text), None, "{text:?}");
        }
    }

    #[test]
    fn this_machine_has_facts() {
        let facts = device_facts("1.2.3");
        for fact in [&facts.host, &facts.os, &facts.arch] {
            assert!(!fact.is_blank());
        }
        assert_eq!(facts.helper_version.as_str(), "1.2.3");
    }
}
