//! The list of what the technician may, each to be held back and given back on its own.

use deskhand_session::Standing;
use gtk::{gdk, prelude::*};
use tokio::sync::mpsc::UnboundedSender;

use crate::{language::BarWords, view::Action};

/// Opens it below a button. The session decides whether a click counts; what it decided shows in the next list.
pub(super) fn open(
    button: &gtk::Button,
    standing: &Standing,
    words: &'static BarWords,
    actions: &UnboundedSender<Action>,
) {
    let menu = gtk::Menu::new();
    // The button keeps it while it is open.
    menu.set_attach_widget(Some(button));
    menu.connect_deactivate(|menu| menu.detach());
    for capability in standing.granted.union(&standing.held).copied() {
        let item = gtk::CheckMenuItem::with_label(words.capability(capability));
        item.set_active(standing.granted.contains(&capability));
        let actions = actions.clone();
        item.connect_toggled(move |item| {
            let gives = item.is_active();
            drop(actions.send(if gives { Action::GiveBack { capability } } else { Action::Hold { capability } }));
        });
        menu.append(&item);
    }
    menu.show_all();
    menu.popup_at_widget(button, gdk::Gravity::SouthWest, gdk::Gravity::NorthWest, None);
}
