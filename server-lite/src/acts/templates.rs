//! A template arrives, is put back in use, or has been shown to a technician.

use deskhand_protocol::{
    error::ErrorCode,
    id::{TechnicianId, TemplateId},
    key::Digest,
    template::TemplateRecord,
    text::Name,
};
use serde_json::json;

use crate::{
    clock,
    happening::Happening,
    refusal::Refusal,
    store::{Change, StoreError, audit::Actor, technicians, templates as table},
    templates::Arrived,
};

/// What came of a template that arrived.
#[derive(Debug)]
pub(crate) struct Added {
    /// The one in use for its platform now.
    pub(crate) current: TemplateId,
    /// Files that nothing uses any more.
    pub(crate) unused: Vec<Digest>,
}

/// Takes up a file that has arrived and puts it in use. One that came with a console does not take the place of one
/// that a technician brought, nor of a newer one from another console; the same file again changes nothing but what is
/// in use.
pub(crate) fn add(change: &mut Change<'_>, by: Option<TechnicianId>, arrived: &Arrived) -> Result<Added, Refusal> {
    let platform = arrived.found.platform;
    let before = table::current(change.db, platform)?;
    let known = table::same(change.db, platform, &arrived.sha256)?;
    let stays = |current: &&TemplateRecord| {
        let newer = || is_older(arrived.found.version.as_str(), current.version.as_str());
        arrived.shipped && (known.is_some() || !current.shipped || newer())
    };
    if let Some(current) = before.as_ref().filter(stays) {
        let unused = if known.is_some() { Vec::new() } else { table::unused(change.db, arrived.sha256)? };
        return Ok(Added { current: current.id, unused });
    }
    let id = match known {
        Some(id) if before.as_ref().is_some_and(|current| current.id == id) => {
            return Ok(Added { current: id, unused: Vec::new() });
        }
        Some(id) => id,
        None => {
            let id = TemplateId::from_uuid(clock::new_id());
            let name = match by.filter(|_| !arrived.shipped) {
                Some(by) => technicians::by_id(change.db, by)?.map(|technician| technician.name).unwrap_or_default(),
                None => Name::default(),
            };
            table::add(change.db, id, arrived, &name, change.now)?;
            id
        }
    };
    table::put_in_use(change.db, platform, id)?;
    let unused = table::prune(change.db, platform)?;
    if let Some(by) = by.filter(|_| !arrived.shipped) {
        // Who brings one has seen it.
        table::seen_one(change.db, by, id)?;
    }
    let summary = json!({
        "platform": platform.word(),
        "version": arrived.found.version.as_str(),
        "sha256": arrived.sha256.to_string(),
        "shipped": arrived.shipped,
    });
    change.audit(by.map_or(Actor::Relay, Actor::Technician), "template.added", &target(id), &summary)?;
    change.happened(Happening::Templates)?;
    Ok(Added { current: id, unused })
}

/// Puts an earlier one back in use.
pub(crate) fn put_in_use(change: &mut Change<'_>, by: TechnicianId, id: TemplateId) -> Result<(), Refusal> {
    let template = table::one(change.db, by, id)?.ok_or_else(Refusal::not_found)?;
    if template.current {
        return Err(Refusal::new(ErrorCode::Conflict, "this template is in use already"));
    }
    table::put_in_use(change.db, template.platform, id)?;
    table::seen_one(change.db, by, id)?;
    let summary = json!({ "platform": template.platform.word(), "version": template.version.as_str() });
    change.audit(Actor::Technician(by), "template.put_in_use", &target(id), &summary)?;
    Ok(change.happened(Happening::Templates)?)
}

/// A technician has been shown what is in use.
pub(crate) fn seen(change: &mut Change<'_>, by: TechnicianId) -> Result<(), StoreError> {
    if table::seen(change.db, by)? > 0 {
        change.happened(Happening::Templates)?;
    }
    Ok(())
}

fn target(id: TemplateId) -> String {
    format!("template:{id}")
}

/// Whether one version comes before another, by their numbers; what follows a dash or a plus does not count.
fn is_older(one: &str, than: &str) -> bool {
    fn numbers(version: &str) -> Vec<u64> {
        let digits = version.split(['-', '+']).next().unwrap_or_default();
        digits.split('.').map_while(|number| number.parse().ok()).collect()
    }
    numbers(one) < numbers(than)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_their_numbers() {
        for (old, new) in
            [("1.1.0", "1.2.0"), ("1.9.0", "1.10.0"), ("0.9", "1.0.0"), ("9.9.9", "10.0.0-rc1"), ("x", "1")]
        {
            assert!(is_older(old, new) && !is_older(new, old), "{old} {new}");
        }
        for (one, same) in [("1.2.0", "1.2.0"), ("1.2.0-dev", "1.2.0+7"), ("", "x")] {
            assert!(!is_older(one, same) && !is_older(same, one), "{one} {same}");
        }
    }
}
