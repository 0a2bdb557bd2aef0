//! What the relay reads of others' bytes outside of the protocol, for whoever tries it with anything.

use deskhand_protocol::template::TemplateFault;

use crate::{news, places, templates::inspect};

/// A program that was uploaded: which version it names.
///
/// # Errors
///
/// [`TemplateFault`] when it is none of ours.
pub fn program(bytes: &[u8]) -> Result<String, TemplateFault> {
    Ok(inspect::inspect(bytes)?.version.as_str().to_owned())
}

/// Release notes: whether there are any of what runs, and newer ones.
///
/// # Errors
///
/// When there is no release in them.
pub fn releases(bytes: &[u8]) -> anyhow::Result<(bool, bool)> {
    let (installed, newest) = news::releases(bytes)?;
    Ok((installed.is_some(), newest.is_some()))
}

/// A provider's answer to where an address is: whether it says so.
///
/// # Errors
///
/// When it is no JSON.
pub fn location(bytes: &[u8]) -> anyhow::Result<bool> {
    Ok(places::read(&serde_json::from_slice(bytes)?).is_some())
}
