//! The feeds of a call: carries out what [`classes`](super::classes) decides about who shares one.
//!
//! Keeps no feed running and permits nothing: that is up to each viewer's own handle and gate.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use deskhand_picture::feed::Source;

use super::classes::{Class, Classes, GroupId, Place, ViewerId};

/// See the module. All connections of a call have the same.
#[derive(Debug, Clone, Default)]
pub(super) struct Feeds(Arc<Mutex<Known>>);

#[derive(Debug, Default)]
struct Known {
    classes: Classes,
    sources: BTreeMap<GroupId, Source>,
}

impl Feeds {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One more picture of a viewer, whose path carries so many bits per second.
    pub(super) fn enter(&self, class: Class, path: u64) -> (Membership, Place) {
        let (viewer, place) = self.known().classes.enters(class, path, Instant::now());
        (Membership { feeds: self.clone(), viewer, group: place.group() }, place)
    }

    /// The feed that is shared there, if it runs.
    pub(super) fn source(&self, place: Place) -> Option<Source> {
        match place {
            Place::With(group) => self.known().sources.get(&group).cloned(),
            Place::New(_) => None,
        }
    }

    /// A feed was begun for a group.
    pub(super) fn began(&self, group: GroupId, source: Source) {
        let mut known = self.known();
        known.sources.retain(|_, source| source.viewers() > 0);
        known.sources.insert(group, source);
    }
}

/// One picture's place among the others. Dropping it gives the place up.
#[derive(Debug)]
pub(super) struct Membership {
    feeds: Feeds,
    viewer: ViewerId,
    group: GroupId,
}

impl Membership {
    /// See [`Classes::wishes`].
    pub(super) fn wishes(&self, class: Class) -> Option<Place> {
        self.feeds.known().classes.wishes(self.viewer, class, Instant::now())
    }

    /// See [`Classes::carries`].
    pub(super) fn carries(&self, path: u64) -> Option<Place> {
        self.feeds.known().classes.carries(self.viewer, path, Instant::now())
    }

    /// See [`Classes::loses`].
    pub(super) fn loses(&self) -> Option<Place> {
        self.feeds.known().classes.loses(self.viewer, Instant::now())
    }

    /// See [`Classes::parts`].
    pub(super) fn parts(&self) -> Option<Place> {
        self.feeds.known().classes.parts(self.viewer, Instant::now())
    }

    /// See [`Classes::shows`].
    pub(super) fn shows(&self, monitor: u8) {
        self.feeds.known().classes.shows(self.viewer, monitor);
    }

    /// It is there now.
    pub(super) const fn went(&mut self, place: Place) {
        self.group = place.group();
    }

    /// It could not go there.
    pub(super) fn stays(&self) {
        self.feeds.known().classes.stays(self.viewer, self.group);
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        self.feeds.known().classes.leaves(self.viewer);
    }
}
