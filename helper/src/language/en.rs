//! English.

use deskhand_protocol::capability::{Capability, Group};

use super::{BarWords, DialogWords};

pub(super) const DIALOG: DialogWords = DialogWords {
    title: "Which folder may he use?",
    choose: "_Use this folder",
    cancel: "_Cancel",
    running: "Deskhand Helper is running already on this computer. End that one first, then start it again.",
};

pub(super) const BAR: BarWords = BarWords {
    says: "says he is",
    through: "through",
    browser: "in a browser, by way of",
    nothing: "nothing for now",
    paused: "Paused: he sees nothing and can do nothing",
    hidden: "Mouse and keyboard stopped: this bar was covered",
    elevated: "A window of an administrator is in front: he can only look",
    connecting: "is being connected",
    away: "lost; waiting for him to come back",
    just_now: "just now",
    minutes: "min",
    may: "He _may",
    pause: "_Pause",
    resume: "_Go on",
    chat: "_Chat",
    chat_new: "_Chat: new message",
    call: "Ca_ll him",
    called: "Called",
    seen: "Seen",
    end: "_End session",
    end_keys: "Ctrl+Alt+End",
    group: |group| match group {
        Group::Look => "screen",
        Group::Hands => "mouse and keyboard",
        Group::Clipboard => "clipboard",
        Group::Files => "files",
        Group::Interrupt => "lock and restart",
        Group::Keep => "recording",
    },
    capability: |capability| match capability {
        Capability::View => "See your screen",
        Capability::Control => "Use your mouse and keyboard",
        Capability::Point => "Point and draw on your screen",
        Capability::ClipboardIn => "Put something into your clipboard",
        Capability::ClipboardOut => "Read your clipboard",
        Capability::FilesIn => "Put files on your computer",
        Capability::FilesOut => "Take files from your computer",
        Capability::Lock => "Lock your computer",
        Capability::SignOut => "Sign you out",
        Capability::Restart => "Restart your computer",
        Capability::TaskManager => "See and end your programs",
        Capability::SystemInfo => "See what computer this is",
        Capability::Terminal => "Type commands",
        Capability::Audio => "Hear your computer",
        Capability::Record => "Record the session",
    },
};
