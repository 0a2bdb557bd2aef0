//! Which viewers share a feed, and with it screen and encoder. Decides only, and is told the time.
//!
//! A class is whoever looks at the same monitor by the same codec, prefers the same, and has a path that carries alike.
//!
//! # Invariants
//!
//! - Whoever is alone is never moved by what he wishes: his feed follows him.
//! - Whoever was parted from others, because he took pictures too slowly or lost them, stays apart for [`APART`].

use std::{
    collections::{BTreeMap, VecDeque},
    time::{Duration, Instant},
};

use deskhand_protocol::call::control::{Preference, VideoCodec};

/// Above this many bits per second paths are alike: a scrolling page is sharp at a third of it.
const AMPLE: u64 = 6_000_000;
/// To come together, the widest path of a class may carry so much of the narrowest: three halves.
const ALIKE: (u64, u64) = (3, 2);
/// To stay together, so much: twice.
const BEARABLE: u64 = 2;
/// Time for which a path must be too narrow before its viewer is parted from the others.
const PATIENCE: Duration = Duration::from_secs(3);
/// Time for which somebody stays apart.
const APART: Duration = Duration::from_secs(30);
/// Key frames asked for in this time after which a viewer gets them from a feed of his own.
const LOSSES: (usize, Duration) = (2, Duration::from_secs(10));

/// What viewers of one feed have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Class {
    pub(super) codec: VideoCodec,
    /// The monitor that was asked for; `None` for the primary one, whichever that is.
    pub(super) asked: Option<u8>,
    pub(super) preference: Preference,
}

/// Names one picture of one viewer in a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ViewerId(u64);

/// Names a feed in a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct GroupId(u64);

/// Where somebody is to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// To a feed that runs.
    With(GroupId),
    /// To one that is begun for him.
    New(GroupId),
}

impl Place {
    pub(super) const fn group(self) -> GroupId {
        let (Self::With(group) | Self::New(group)) = self;
        group
    }
}

#[derive(Debug)]
struct Member {
    group: GroupId,
    class: Class,
    /// As his feed has told.
    shown: Option<u8>,
    /// In bits per second.
    path: u64,
    narrow_since: Option<Instant>,
    apart_until: Option<Instant>,
    lost: VecDeque<Instant>,
}

impl Member {
    fn path(&self) -> u64 {
        self.path.min(AMPLE)
    }

    fn is_of(&self, class: Class) -> bool {
        let Class { codec, asked, preference } = class;
        let same_monitor = self.class.asked == asked || (asked.is_some() && self.shown == asked);
        self.class.codec == codec && self.class.preference == preference && same_monitor
    }
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Classes {
    members: BTreeMap<ViewerId, Member>,
    named: u64,
}

impl Classes {
    /// One more viewer, whose path carries so many bits per second.
    pub(super) fn enters(&mut self, class: Class, path: u64, now: Instant) -> (ViewerId, Place) {
        let viewer = ViewerId(self.next());
        let place = self.find(viewer, class, path, now).map_or_else(|| Place::New(GroupId(self.next())), Place::With);
        let member = Member {
            group: place.group(),
            class,
            shown: None,
            path,
            narrow_since: None,
            apart_until: None,
            lost: VecDeque::new(),
        };
        self.members.insert(viewer, member);
        (viewer, place)
    }

    /// He is gone.
    pub(super) fn leaves(&mut self, viewer: ViewerId) {
        self.members.remove(&viewer);
    }

    /// He could not go where he was to go.
    pub(super) fn stays(&mut self, viewer: ViewerId, group: GroupId) {
        if let Some(member) = self.members.get_mut(&viewer) {
            member.group = group;
        }
    }

    /// His feed shows that monitor.
    pub(super) fn shows(&mut self, viewer: ViewerId, monitor: u8) {
        if let Some(member) = self.members.get_mut(&viewer) {
            member.shown = Some(monitor);
        }
    }

    /// He wishes something else. `None`: his feed follows him.
    pub(super) fn wishes(&mut self, viewer: ViewerId, class: Class, now: Instant) -> Option<Place> {
        let alone = self.is_alone(viewer);
        let member = self.members.get_mut(&viewer)?;
        if member.class == class {
            return None;
        }
        if member.class.asked != class.asked {
            member.shown = None;
        }
        member.class = class;
        let path = member.path;
        if alone { None } else { Some(self.moves(viewer, class, path, now)) }
    }

    /// His path carries so many bits per second now. `None`: he stays where he is.
    pub(super) fn carries(&mut self, viewer: ViewerId, path: u64, now: Instant) -> Option<Place> {
        let member = self.members.get_mut(&viewer)?;
        member.path = path;
        let (mine, class, group) = (member.path(), member.class, member.group);
        let widest = self.others(viewer, group).map(Member::path).max();
        let Some(widest) = widest else {
            let found = self.find(viewer, class, path, now)?;
            self.stays(viewer, found);
            return Some(Place::With(found));
        };
        let member = self.members.get_mut(&viewer)?;
        if mine.saturating_mul(BEARABLE) >= widest {
            member.narrow_since = None;
            return None;
        }
        let since = *member.narrow_since.get_or_insert(now);
        if now.saturating_duration_since(since) >= PATIENCE { self.parts(viewer, now) } else { None }
    }

    /// He needed a key frame. `None`: he gets it where he is.
    pub(super) fn loses(&mut self, viewer: ViewerId, now: Instant) -> Option<Place> {
        let member = self.members.get_mut(&viewer)?;
        member.lost.retain(|lost| now.saturating_duration_since(*lost) < LOSSES.1);
        member.lost.push_back(now);
        if member.lost.len() >= LOSSES.0 { self.parts(viewer, now) } else { None }
    }

    /// He holds the others up. `None`: there are none.
    pub(super) fn parts(&mut self, viewer: ViewerId, now: Instant) -> Option<Place> {
        let alone = self.is_alone(viewer);
        let group = GroupId(self.next());
        let member = self.members.get_mut(&viewer)?;
        member.narrow_since = None;
        member.lost.clear();
        member.apart_until = Some(now + APART);
        if alone {
            return None;
        }
        member.group = group;
        Some(Place::New(group))
    }

    fn next(&mut self) -> u64 {
        self.named += 1;
        self.named
    }

    fn others(&self, viewer: ViewerId, group: GroupId) -> impl Iterator<Item = &Member> {
        self.members
            .iter()
            .filter(move |(id, member)| **id != viewer && member.group == group)
            .map(|(_, member)| member)
    }

    fn is_alone(&self, viewer: ViewerId) -> bool {
        self.members.get(&viewer).is_some_and(|member| self.others(viewer, member.group).next().is_none())
    }

    fn moves(&mut self, viewer: ViewerId, class: Class, path: u64, now: Instant) -> Place {
        let place = self.find(viewer, class, path, now).map_or_else(|| Place::New(GroupId(self.next())), Place::With);
        self.stays(viewer, place.group());
        place
    }

    /// A feed of that class in which nobody's path is much wider or narrower, and nobody is apart.
    fn find(&self, viewer: ViewerId, class: Class, path: u64, now: Instant) -> Option<GroupId> {
        let apart = |member: &Member| member.apart_until.is_some_and(|until| now < until);
        let mine = path.min(AMPLE);
        if self.members.get(&viewer).is_some_and(apart) {
            return None;
        }
        let own = self.members.get(&viewer).map(|member| member.group);
        self.members.iter().filter(|(id, _)| **id != viewer).map(|(_, member)| member.group).find(|group| {
            Some(*group) != own
                && self.others(viewer, *group).all(|member| {
                    let (low, high) = (mine.min(member.path()), mine.max(member.path()));
                    member.is_of(class) && !apart(member) && high * ALIKE.1 <= low * ALIKE.0
                })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLASS: Class = Class {
        codec: VideoCodec::Av1,
        asked: None,
        preference: Preference {
            quality: deskhand_protocol::call::control::Quality::Auto,
            frame_rate: None,
            kbit_per_s: None,
            scale_percent: None,
        },
    };
    const WIDE: u64 = 20_000_000;
    const NARROW: u64 = 1_000_000;

    fn second(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    #[test]
    fn viewers_of_the_same_share_a_feed_and_others_do_not() {
        let (mut classes, now) = (Classes::default(), Instant::now());
        let (ada, first) = classes.enters(CLASS, WIDE, now);
        assert!(matches!(first, Place::New(_)));
        let (bo, with) = classes.enters(CLASS, AMPLE, now);
        assert_eq!(with, Place::With(first.group()), "both paths carry more than a picture needs");
        for other in [
            Class { codec: VideoCodec::H264, ..CLASS },
            Class { asked: Some(1), ..CLASS },
            Class { preference: Preference { frame_rate: Some(5), ..CLASS.preference }, ..CLASS },
        ] {
            let (viewer, place) = classes.enters(other, WIDE, now);
            assert!(matches!(place, Place::New(_)), "{other:?}");
            classes.leaves(viewer);
        }
        assert!(matches!(classes.enters(CLASS, NARROW, now).1, Place::New(_)), "his path is another one");
        classes.shows(ada, 0);
        classes.shows(bo, 0);
        let by_number = classes.enters(Class { asked: Some(0), ..CLASS }, WIDE, now).1;
        assert_eq!(by_number, Place::With(first.group()), "the primary one is the one with that number");
    }

    #[test]
    fn the_feed_of_one_who_is_alone_follows_his_wishes_and_one_of_several_goes() {
        let (mut classes, now) = (Classes::default(), Instant::now());
        let other = Class { asked: Some(1), ..CLASS };
        let (ada, _) = classes.enters(CLASS, WIDE, now);
        assert_eq!(classes.wishes(ada, other, now), None);
        assert_eq!(classes.wishes(ada, CLASS, now), None);
        let (bo, _) = classes.enters(CLASS, WIDE, now);
        let Some(Place::New(group)) = classes.wishes(bo, other, now) else { panic!("he has a feed of his own") };
        assert_eq!(classes.wishes(ada, other, now), None, "she is alone again");
        let place = classes.carries(ada, WIDE, now);
        assert_eq!(place, Some(Place::With(group)), "they came to look at the same");
        assert_eq!(classes.carries(ada, WIDE, now), None);
        assert_eq!(classes.carries(bo, WIDE, now), None, "one moves, not both");
    }

    #[test]
    fn a_path_that_becomes_narrow_parts_its_viewer_after_a_while_and_not_for_ever() {
        let (mut classes, now) = (Classes::default(), Instant::now());
        let (ada, first) = classes.enters(CLASS, WIDE, now);
        let (bo, _) = classes.enters(CLASS, WIDE, now);
        assert_eq!(classes.carries(bo, NARROW, now), None, "it may have been a moment");
        assert_eq!(classes.carries(bo, AMPLE, now + second(2)), None);
        assert_eq!(classes.carries(bo, NARROW, now + second(4)), None);
        assert!(matches!(classes.carries(bo, NARROW, now + second(7)), Some(Place::New(_))));
        assert_eq!(classes.carries(ada, WIDE, now + second(8)), None);
        assert_eq!(classes.carries(bo, WIDE, now + second(20)), None, "not at once again");
        assert_eq!(classes.carries(bo, WIDE, now + second(38)), Some(Place::With(first.group())));
    }

    #[test]
    fn one_who_loses_pictures_or_is_slow_is_parted_and_one_who_is_alone_stays() {
        let (mut classes, now) = (Classes::default(), Instant::now());
        let (ada, _) = classes.enters(CLASS, WIDE, now);
        assert_eq!((classes.loses(ada, now), classes.loses(ada, now), classes.parts(ada, now)), (None, None, None));
        let (bo, apart) = classes.enters(CLASS, WIDE, now);
        assert!(matches!(apart, Place::New(_)), "nobody joins one who loses pictures");
        assert!(matches!(classes.enters(CLASS, WIDE, now).1, Place::With(group) if group == apart.group()));
        assert_eq!(classes.loses(bo, now), None);
        assert_eq!(classes.loses(bo, now + second(11)), None, "once in a while");
        assert!(matches!(classes.loses(bo, now + second(12)), Some(Place::New(_))));
    }

    #[test]
    fn one_who_has_gone_is_not_counted() {
        let (mut classes, now) = (Classes::default(), Instant::now());
        let (ada, first) = classes.enters(CLASS, WIDE, now);
        classes.leaves(ada);
        assert_ne!(classes.enters(CLASS, WIDE, now).1.group(), first.group());
        assert_eq!(
            (classes.carries(ada, 1, now), classes.parts(ada, now), classes.loses(ada, now)),
            (None, None, None)
        );
    }
}
