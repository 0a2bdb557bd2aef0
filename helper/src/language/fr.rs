//! French.

use deskhand_protocol::capability::{Capability, Group};

use super::{BarWords, DialogWords};

pub(super) const DIALOG: DialogWords = DialogWords {
    title: "Quel dossier peut-il utiliser ?",
    choose: "_Choisir ce dossier",
    cancel: "_Annuler",
    running: "Deskhand Helper fonctionne déjà sur cet ordinateur. Fermez-le d’abord, puis relancez-le.",
};

pub(super) const BAR: BarWords = BarWords {
    says: "dit être",
    through: "par",
    browser: "dans un navigateur, par",
    nothing: "rien pour l’instant",
    paused: "En pause : il ne voit rien et ne peut rien faire",
    hidden: "Souris et clavier arrêtés : cette barre était cachée",
    elevated: "Fenêtre d’administrateur devant : il ne peut que regarder",
    connecting: "connexion en cours",
    away: "perdu ; en attente de son retour",
    just_now: "à l’instant",
    minutes: "min",
    may: "Il pe_ut",
    pause: "_Pause",
    resume: "_Reprendre",
    chat: "_Discussion",
    chat_new: "_Discussion : nouveau",
    call: "_Appeler",
    called: "Appelé",
    seen: "Vu",
    end: "_Terminer",
    end_keys: "Ctrl+Alt+Fin",
    group: |group| match group {
        Group::Look => "écran",
        Group::Hands => "souris et clavier",
        Group::Clipboard => "presse-papiers",
        Group::Files => "fichiers",
        Group::Interrupt => "verrou et redémarrage",
        Group::Keep => "enregistrement",
    },
    capability: |capability| match capability {
        Capability::View => "Voir votre écran",
        Capability::Control => "Utiliser votre souris et votre clavier",
        Capability::Point => "Montrer et dessiner sur votre écran",
        Capability::ClipboardIn => "Mettre quelque chose dans votre presse-papiers",
        Capability::ClipboardOut => "Lire votre presse-papiers",
        Capability::FilesIn => "Déposer des fichiers sur votre ordinateur",
        Capability::FilesOut => "Prendre des fichiers de votre ordinateur",
        Capability::Lock => "Verrouiller votre ordinateur",
        Capability::SignOut => "Vous déconnecter de l’ordinateur",
        Capability::Restart => "Redémarrer votre ordinateur",
        Capability::TaskManager => "Voir et arrêter vos programmes",
        Capability::SystemInfo => "Voir de quel ordinateur il s’agit",
        Capability::Terminal => "Taper des commandes",
        Capability::Audio => "Entendre votre ordinateur",
        Capability::Record => "Enregistrer la session",
    },
};
