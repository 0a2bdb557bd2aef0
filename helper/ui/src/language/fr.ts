import type { Words } from './en';
import { counted } from './plural';

/** Every sentence of the page in French. */
export const fr: Words = {
  product: 'Assistant Deskhand',

  tools: { language: 'Langue', size: 'Taille du texte' },

  field: {
    title: 'Obtenir de l’aide sur cet ordinateur',
    lead: 'Votre technicien vous a donné une adresse et un code, ou un lien. Saisissez-le ou collez-le ici.',
    label: 'Adresse et code, ou lien',
    example: 'aide.example.org K7MP-4QXD',
    call: 'Appeler',
    hint: {
      rest_of_code: 'Votre technicien vous donne les quatre derniers caractères du code. Ajoutez-les à la fin.',
      whole_link: 'Copiez l’adresse complète de la page d’où vient ce programme et collez-la ici.',
    },
    safe: 'Personne ne voit votre écran tant que vous ne l’avez pas permis.',
  },

  steps: {
    calling: 'Appel en cours…',
    callingLead: (relay) => `Recherche de votre technicien par ${relay}.`,
    waiting: 'En attente de votre technicien',
    waitingLead:
      'Vous êtes sur la liste. Cette fenêtre passera au premier plan quand votre technicien demandera à vous aider.',
    waitingOffline: 'Votre technicien n’est pas là pour le moment. Vous pouvez laisser cette fenêtre ouverte.',
    known: 'Votre technicien est là',
    knownLead: 'On va maintenant vous demander ce qu’il a le droit de faire. Personne ne voit encore votre écran.',
    connecting: 'Connexion…',
    connectingLead: (name) => `Vous avez laissé entrer ${name}. La connexion s’établit.`,
    live: (name) => `${name} est connecté`,
    away: (name) => `En attente du retour de ${name}`,
    awayFor: {
      network:
        'Cet ordinateur n’arrive pas à joindre Internet, ou l’adresse de votre technicien ne répond pas. De nouveaux essais sont faits sans cesse.',
      technician: 'L’ordinateur de votre technicien est injoignable pour le moment.',
      path: 'La connexion a été perdue. Un nouveau chemin vers l’ordinateur de votre technicien est recherché.',
    },
    awayLead:
      'En ce moment, personne ne voit votre écran. Si rien n’y fait d’ici deux minutes, la session se termine d’elle-même.',
    ended: 'La session est terminée',
    endedSafe: 'Plus personne ne voit votre écran.',
  },

  ended: {
    customer_ended: 'Vous y avez mis fin.',
    technician_ended: 'Votre technicien y a mis fin.',
    expired: 'Le code n’a pas été utilisé à temps.',
    too_many_wrong_codes: 'Un mauvais code a été essayé trop souvent.',
    hard_end: 'Sa durée maximale est écoulée.',
    idle_end: 'Votre technicien n’a rien fait pendant une heure.',
    reported: 'Vous avez tout arrêté et signalé le technicien.',
    key_changed: 'L’autre côté n’a plus pu prouver qu’il s’agit du même technicien. Par sécurité, tout a été fermé.',
    interrupted: 'Votre technicien n’est pas revenu.',
  },

  who: {
    label: 'Qui vous aide',
    says: 'dit être',
    checked: 'vérifié',
    from: 'de',
    over: (relay) => `par ${relay}`,
    browser: (relay) => `dans un navigateur, par l’intermédiaire de ${relay}`,
    browserMore: 'Qui exploite cette adresse pourrait voir ce qu’il voit.',
    unproven: 'pas encore prouvé',
    invited: (name) => `à l’invitation de ${name}`,
    also: (names) => `Aussi dans cette session : ${names}`,
  },

  words: {
    title: 'Demandez ses trois mots à votre technicien',
    label: 'Mots à comparer :',
    same: 'Mêmes mots',
    differ: 'Autres mots',
    remembered: 'Vous avez déjà vérifié ce technicien sur cet ordinateur. Sa clé est la même.',
    company: (c) => `Vous avez déjà vérifié ${c} sur cet ordinateur. Sa clé se porte garante de ce technicien.`,
    matched: 'Vous avez vérifié : vous parlez bien à la personne que vous voyez ici.',
    why: 'S’ils sont différents, quelqu’un écoute peut-être entre vous deux : choisissez alors « Autres mots ».',
  },

  consent: {
    title: 'Peut-il faire cela ?',
    lead: (name) => `${name} demande à faire ceci sur cet ordinateur.`,
    list: 'Ce qui est demandé',
    handsTitle: 'Peut-il aussi utiliser votre souris et votre clavier ?',
    handsLead:
      'Il travaille alors sur cet ordinateur comme vous. Vous gardez votre souris et votre clavier, et vous pouvez l’arrêter à tout moment.',
    again: 'La question vous sera posée encore une fois.',
    mayReturn: 'Il peut partir et revenir sans demander, jusqu’à la fin de cette session',
    folder: 'Dossier pour les fichiers',
    whole: 'tout le disque',
    otherFolder: 'Autre dossier…',
    openWhole: 'Ouvrir tout le disque',
    deny: 'Refuser',
    allow: 'Autoriser',
    allowSoon: 'Autoriser (dans 1 s)',
    left: counted('fr', {
      one: 'Sans réponse, ce sera non dans # seconde.',
      other: 'Sans réponse, ce sera non dans # secondes.',
    }),
  },

  deed: {
    ask: {
      lock: 'Peut-il verrouiller cet ordinateur maintenant ?',
      'sign-out': 'Peut-il vous déconnecter de l’ordinateur maintenant ?',
      restart: 'Peut-il redémarrer cet ordinateur maintenant ?',
      'task-manager': 'Peut-il arrêter ce programme maintenant ?',
    },
    more: {
      lock: 'Vous vous reconnectez avec votre mot de passe. Rien n’est fermé.',
      'sign-out': 'Tous vos programmes sont fermés et l’aide se termine. Enregistrez d’abord votre travail.',
      restart:
        'Tous vos programmes sont fermés. Enregistrez d’abord votre travail. Ensuite, on vous demandera s’il peut revenir.',
      'task-manager': 'Ce qu’il n’a pas enregistré peut être perdu.',
    },
    other: 'Peut-il faire cela maintenant ?',
  },

  capability: {
    view: { ask: 'Voir votre écran', more: 'Tout ce qui y est visible. Fermez d’abord ce qui est privé.' },
    control: {
      ask: 'Utiliser votre souris et votre clavier',
      more: 'Vous gardez les vôtres et pouvez l’arrêter à tout moment.',
    },
    point: {
      ask: 'Montrer et dessiner sur votre écran',
      more: 'Pour vous indiquer où cliquer. Cela ne change rien sur l’ordinateur.',
    },
    'clipboard-in': {
      ask: 'Mettre quelque chose dans votre presse-papiers',
      more: 'Ce que vous collez ensuite peut alors venir de lui.',
    },
    'clipboard-out': {
      ask: 'Lire votre presse-papiers',
      more: 'Ce que vous copiez pendant qu’il est là, il le reçoit aussi. Ne copiez pas de mot de passe.',
    },
    'files-in': {
      ask: 'Déposer des fichiers sur votre ordinateur',
      more: 'Ils vont dans le dossier ci-dessous et ne peuvent pas démarrer tout seuls.',
    },
    'files-out': {
      ask: 'Prendre des fichiers de votre ordinateur',
      more: 'Il peut regarder et copier ce qui se trouve dans le dossier ci-dessous.',
    },
    lock: { ask: 'Verrouiller votre ordinateur', more: 'Vous vous reconnectez ensuite avec votre mot de passe.' },
    'sign-out': {
      ask: 'Vous déconnecter de l’ordinateur',
      more: 'Les programmes sont fermés. Enregistrez d’abord votre travail.',
    },
    restart: {
      ask: 'Redémarrer votre ordinateur',
      more: 'Les programmes sont fermés. Enregistrez d’abord votre travail.',
    },
    'task-manager': {
      ask: 'Voir et arrêter vos programmes',
      more: 'Ce qu’un programme n’avait pas enregistré est perdu quand il s’arrête.',
    },
    'system-info': {
      ask: 'Voir de quel ordinateur il s’agit',
      more: 'Son système, sa mémoire, ses disques et ses programmes.',
    },
  },

  group: {
    look: 'Regarder',
    hands: 'Souris et clavier',
    clipboard: 'Presse-papiers',
    files: 'Fichiers',
    interrupt: 'Ce qui interrompt votre travail',
    keep: 'Enregistrement',
  },

  guard: {
    title: 'Quelqu’un vous a-t-il appelé pour vous demander de faire cela ?',
    no: 'Non, c’est moi qui ai demandé de l’aide',
    yes: 'Oui, on m’a appelé',
    why: 'Des escrocs appellent et se font passer pour une banque, une grande entreprise ou la police.',
    stopTitle: 'Alors, arrêtez-vous ici, s’il vous plaît.',
    stop: 'Aucune banque, aucune grande entreprise et aucun policier n’appelle pour regarder votre ordinateur. C’est une escroquerie s’il :',
    signs: [
      'veut voir votre compte bancaire ou vos mots de passe',
      'demande de l’argent, des cartes cadeaux ou un virement',
      'dit que c’est urgent, ou qu’il ne faut en parler à personne',
    ],
    report: 'Tout arrêter et signaler',
    justStop: 'Tout arrêter',
    goOn: 'Je connais bien cette personne. Continuer',
  },

  reported: {
    title: 'À qui en parler maintenant',
    tell: [
      'Si vous avez montré votre compte bancaire ou un mot de passe : appelez tout de suite votre banque.',
      'Prévenez la police. Elle connaît cette escroquerie, et il n’y a pas à en avoir honte.',
      'Parlez-en à quelqu’un de confiance et faites-lui regarder cet ordinateur avant de continuer.',
    ],
    kept: 'Ce que cet ordinateur a vu de lui est gardé dans ce fichier. Montrez-le à la personne qui vous aide :',
    relay: 'Le serveur de cet appel a été prévenu aussi. Il peut appartenir à l’escroc : ne comptez pas sur lui seul.',
  },

  live: {
    may: 'Il peut',
    bar: 'La barre en haut de l’écran reste là tant qu’il est connecté.',
    pause: 'Suspendre',
    pausedTitle: 'En pause',
    paused: 'Il ne voit rien et ne peut rien faire. Prenez votre temps.',
    resume: 'Reprendre',
    held: 'Suspendu par vous',
    takeAway: 'Retirer définitivement',
    barHidden: 'La souris et le clavier sont arrêtés, parce que la barre en haut de l’écran est cachée. Dégagez-la.',
    until: (time) => `La session se termine d’elle-même à ${time} au plus tard.`,
  },

  attention: {
    call: 'Appeler le technicien',
    asked: 'Votre technicien a été appelé : son ordinateur a émis un son.',
    unanswered: 'Personne n’a encore regardé. Vous pouvez appeler de nouveau.',
    seen: 'Votre technicien a vu que vous l’avez appelé.',
  },

  permissions: {
    title: 'Votre Mac veut d’abord votre accord',
    lead: 'Tant que vous ne l’avez pas permis une fois, un Mac ne montre votre écran à aucun programme et n’en laisse aucun cliquer ou taper.',
    screen: {
      open: 'Ouvrir les réglages de l’écran',
      after: 'Si macOS veut ensuite fermer ce programme, acceptez, puis lancez-le de nouveau.',
    },
    hands: {
      open: 'Ouvrir les réglages de la souris et du clavier',
      after: 'Ce n’est nécessaire que si votre technicien doit cliquer et taper. Cela compte tout de suite.',
    },
    how: 'Dans la liste qui s’ouvre, activez ce programme (Deskhand). macOS demande peut-être votre mot de passe : c’est votre propre ordinateur qui le demande.',
    safe: 'Même alors, personne ne voit ni ne fait rien que vous n’ayez permis dans cette fenêtre. Vous pouvez le désactiver là-bas à tout moment.',
  },

  forget: {
    kept: 'Ce programme garde un petit dossier sur cet ordinateur :',
    what: 'Il contient la clé de cet ordinateur, les personnes que vous avez vérifiées et ce que vous avez signalé.',
    forget: 'Oublier cet ordinateur',
    done: 'Tout a été supprimé. Il ne reste plus rien de ce programme sur cet ordinateur. Vous pouvez aussi supprimer le programme lui-même.',
    left: 'Ceci n’a pas pu être supprimé :',
    close: 'Fermer',
  },

  request: {
    open: (whom: string) => `Pas de code ? Demander de l’aide à ${whom}`,
    name: 'Votre nom',
    problem: 'Quel est le problème ?',
    goes: (whom: string) => `Seul ${whom} reçoit ceci. Personne ne voit votre écran pour autant.`,
    send: 'Demander de l’aide',
    stage: {
      sending: 'Votre demande est en route.',
      waiting:
        'Votre demande est arrivée. Laissez cette fenêtre ouverte : la suite vient d’elle-même dès qu’un technicien est libre.',
      put_aside: 'Personne ne peut s’en occuper pour le moment. Veuillez téléphoner.',
      too_many: 'Trop de demandes en peu de temps. Attendez une minute et réessayez.',
      failed: 'Votre demande n’est pas arrivée. Vérifiez votre connexion internet et réessayez.',
    },
  },

  chat: {
    title: 'Discussion',
    empty: 'Rien n’a encore été écrit.',
    label: 'Message à votre technicien',
    send: 'Envoyer',
    me: 'Vous',
    sending: 'en route',
    reach: { sent: 'envoyé', delivered: 'remis', read: 'lu' },
  },

  browser: {
    title: 'Montrer sans programme',
    rest: 'Les quatre derniers caractères de votre code',
    incomplete: 'L’adresse de cette page est incomplète. Ouvrez le lien entier que votre technicien vous a donné.',
    unable:
      'Ce navigateur ne peut rien montrer à votre technicien. Revenez en arrière et démarrez plutôt le programme.',
    trust: (relay: string) =>
      `Cette page fait confiance à ${relay} : la personne qui gère ce serveur pourrait regarder aussi.`,
    only: 'Il peut regarder, rien d’autre : ni souris, ni clavier, ni presse-papiers, ni fichiers.',
    camera: { ask: 'Voir ce que voit votre caméra', more: 'Ne la dirigez que vers ce qu’il doit voir.' },
    choose: 'Votre navigateur demande ce que vous voulez montrer',
    chooseLead: 'Choisissez-le dans la fenêtre du navigateur. Rien n’est montré avant.',
    live: (name: string) => `${name} voit ce que vous montrez`,
    shown: 'Ce que vous montrez',
    close: 'Fermer cette page met fin à la session.',
  },

  end: 'Terminer la session',
  startOver: 'Recommencer',
  asAdministrator: 'Redémarrer en tant qu’administrateur',
  cancel: 'Annuler',

  problem: {
    bad_address: 'Il manque une adresse au début. Cela ressemble à : aide.example.org K7MP-4QXD',
    insecure_address: 'Cette adresse n’est pas sûre (http). Demandez à votre technicien une adresse en https.',
    bad_code: 'Le code manque ou n’a pas la bonne forme. Il ressemble à : K7MP-4QXD',
    invalid_code: 'Ce code n’est pas valable, ou ne l’est plus. Demandez-en un nouveau à votre technicien.',
    wrong_code: 'Le code n’est pas bon. Vérifiez-le avec votre technicien et saisissez-le encore une fois.',
    too_many_wrong_codes: 'Un mauvais code a été essayé trop souvent. Demandez-en un nouveau à votre technicien.',
    too_many: 'Trop d’essais en peu de temps. Attendez une minute et essayez encore.',
    no_relay:
      'L’adresse ne répond pas. Vérifiez-la ainsi que votre connexion à Internet ; de nouveaux essais sont faits sans cesse.',
    wrong_relay:
      'Ce qui répond là n’est pas ce que votre technicien a indiqué. Par sécurité, rien n’a été envoyé. Demandez-lui un nouveau fichier ou un nouveau code.',
    version: 'Ce programme et celui de votre technicien ne vont pas ensemble. Demandez-lui la version la plus récente.',
    not_proven: 'L’autre côté n’a pas pu prouver qu’il est votre technicien. Rien ne lui a été montré.',
    not_certified:
      'La personne qui appelle n’est pas certifiée par l’entreprise de ce programme. Rien ne lui a été montré. Renseignez-vous auprès de l’entreprise.',
    package_damaged:
      'Le fichier support.deskhand est abîmé. Demandez à votre technicien de vous le renvoyer, ou saisissez le code.',
    package_foreign:
      'Le fichier support.deskhand n’est pas un fichier d’aide. Demandez à votre technicien de vous le renvoyer, ou saisissez le code.',
    package_newer:
      'Le fichier support.deskhand est plus récent que ce programme. Téléchargez à nouveau le programme, ou saisissez le code.',
    package_expired:
      'Le fichier support.deskhand est trop ancien. Demandez-en un nouveau à votre technicien, ou saisissez le code.',
    package_unreadable:
      'Le fichier support.deskhand est illisible. Demandez à votre technicien de vous le renvoyer, ou saisissez le code.',
    name_damaged: 'Le nom de ce programme a été modifié. Téléchargez-le à nouveau, ou saisissez le code.',
    inside_archive:
      'Veuillez d’abord extraire le paquet : fermez cette fenêtre, choisissez « Extraire tout » pour le fichier téléchargé, puis lancez le programme depuis le nouveau dossier. Ou bien saisissez le code.',
    no_connection:
      'Aucun chemin vers l’ordinateur de votre technicien n’a été trouvé. Il peut essayer encore une fois.',
    no_capture: 'Cet écran ne peut pas être montré. Votre technicien en est informé.',
    no_portal:
      'Ce bureau ne laisse pas votre technicien voir tout l’écran. Fermez la session, choisissez en la rouvrant une session dont le nom contient « X11 » ou « Xorg », puis appelez encore une fois.',
    not_alone:
      'Votre technicien utilisait justement la souris ou le clavier ; ce clic n’a donc pas compté. Attendez un instant, puis cliquez encore une fois.',
    secure_desktop:
      'Windows demande une autorisation ou un mot de passe. Votre technicien ne peut ni voir cela ni y répondre : faites-le vous-même.',
    elevated:
      'La fenêtre au premier plan appartient à un administrateur. Votre technicien la voit, mais ne peut ni y cliquer ni y écrire.',
    no_input:
      'La souris et le clavier ne peuvent pas être utilisés à distance ici. Votre technicien peut seulement regarder.',
  },
};
