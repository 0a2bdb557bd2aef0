import type { Words } from './en';
import { counted } from './plural';

/** Every sentence of the page in German. */
export const de: Words = {
  product: 'Deskhand-Helfer',

  tools: { language: 'Sprache', size: 'Größe der Schrift' },

  field: {
    title: 'Hilfe an diesem Computer',
    lead: 'Ihr Techniker hat Ihnen eine Adresse und einen Code genannt oder einen Link geschickt. Geben Sie das hier ein.',
    label: 'Adresse und Code, oder Link',
    example: 'hilfe.example.org K7MP-4QXD',
    call: 'Anrufen',
    hint: {
      rest_of_code: 'Ihr Techniker nennt Ihnen die letzten vier Zeichen des Codes. Geben Sie sie am Ende ein.',
      whole_link:
        'Kopieren Sie die ganze Adresse der Seite, von der dieses Programm stammt, und fügen Sie sie hier ein.',
    },
    safe: 'Niemand sieht Ihren Bildschirm, bevor Sie es erlauben.',
  },

  steps: {
    calling: 'Verbindung wird gesucht …',
    callingLead: (relay) => `Ihr Techniker wird über ${relay} gesucht.`,
    waiting: 'Warten auf Ihren Techniker',
    waitingLead: 'Sie stehen auf der Liste. Dieses Fenster kommt nach vorn, wenn Ihr Techniker helfen möchte.',
    waitingOffline: 'Ihr Techniker ist gerade nicht da. Sie können dieses Fenster offen lassen.',
    known: 'Ihr Techniker ist da',
    knownLead: 'Als Nächstes werden Sie gefragt, was er darf. Noch sieht niemand Ihren Bildschirm.',
    connecting: 'Verbindung wird aufgebaut …',
    connectingLead: (name) => `Sie haben ${name} den Zugang erlaubt. Die Verbindung wird aufgebaut.`,
    live: (name) => `${name} ist verbunden`,
    away: (name) => `Warten, bis ${name} zurückkommt`,
    awayFor: {
      network:
        'Dieser Computer erreicht das Internet nicht, oder die Adresse Ihres Technikers antwortet nicht. Es wird immer wieder versucht.',
      technician: 'Der Computer Ihres Technikers ist gerade nicht erreichbar.',
      path: 'Die Verbindung ist abgebrochen. Ein neuer Weg zum Computer Ihres Technikers wird gesucht.',
    },
    awayLead: 'Jetzt sieht niemand Ihren Bildschirm. Hilft zwei Minuten lang nichts, endet die Sitzung von selbst.',
    ended: 'Die Sitzung ist beendet',
    endedSafe: 'Niemand sieht Ihren Bildschirm mehr.',
  },

  ended: {
    customer_ended: 'Sie haben sie beendet.',
    technician_ended: 'Ihr Techniker hat sie beendet.',
    expired: 'Der Code wurde nicht rechtzeitig benutzt.',
    too_many_wrong_codes: 'Zu oft wurde ein falscher Code versucht.',
    hard_end: 'Die längste erlaubte Zeit ist um.',
    idle_end: 'Ihr Techniker hat eine Stunde lang nichts getan.',
    reported: 'Sie haben abgebrochen und den Techniker gemeldet.',
    key_changed:
      'Die andere Seite konnte nicht mehr beweisen, dass sie derselbe Techniker ist. Zur Sicherheit wurde alles geschlossen.',
    interrupted: 'Ihr Techniker ist nicht zurückgekommen.',
  },

  who: {
    label: 'Wer hilft',
    says: 'sagt, er ist',
    checked: 'geprüft',
    from: 'von',
    over: (relay) => `über ${relay}`,
    browser: (relay) => `in einem Browser, über ${relay}`,
    browserMore: 'Wer diese Adresse betreibt, könnte sehen, was er sieht.',
    unproven: 'noch nicht bewiesen',
    invited: (name) => `eingeladen von ${name}`,
    also: (names) => `Auch in dieser Sitzung: ${names}`,
  },

  words: {
    title: 'Lassen Sie sich seine drei Wörter vorlesen',
    label: 'Wörter zum Vergleichen:',
    same: 'Gleiche Wörter',
    differ: 'Andere Wörter',
    remembered: 'Diesen Techniker haben Sie auf diesem Computer schon einmal geprüft. Sein Schlüssel ist derselbe.',
    company: (c) =>
      `${c} haben Sie auf diesem Computer schon einmal geprüft. Der Schlüssel der Firma bürgt für diesen Techniker.`,
    matched: 'Sie haben es geprüft: Sie sprechen mit derselben Person, die Sie hier sehen.',
    why: 'Sind sie verschieden, hört vielleicht jemand dazwischen mit: Wählen Sie dann „Andere Wörter“.',
  },

  consent: {
    title: 'Darf er das?',
    lead: (name) => `${name} möchte an diesem Computer Folgendes tun.`,
    list: 'Wonach gefragt wird',
    handsTitle: 'Darf er auch Maus und Tastatur benutzen?',
    handsLead:
      'Er arbeitet dann an diesem Computer wie Sie. Ihre eigene Maus und Tastatur behalten Sie, und Sie können ihn jederzeit stoppen.',
    again: 'Danach werden Sie noch einmal gefragt.',
    mayReturn: 'Er darf gehen und ohne Frage wiederkommen, bis diese Sitzung endet',
    folder: 'Ordner für Dateien',
    whole: 'die ganze Festplatte',
    otherFolder: 'Anderer Ordner …',
    openWhole: 'Ganze Festplatte öffnen',
    deny: 'Ablehnen',
    allow: 'Erlauben',
    allowSoon: 'Erlauben (in 1 s)',
    left: counted('de', {
      one: 'Ohne Antwort heißt es in # Sekunde Nein.',
      other: 'Ohne Antwort heißt es in # Sekunden Nein.',
    }),
  },

  deed: {
    ask: {
      lock: 'Darf er diesen Computer jetzt sperren?',
      'sign-out': 'Darf er Sie jetzt abmelden?',
      restart: 'Darf er diesen Computer jetzt neu starten?',
      'task-manager': 'Darf er dieses Programm jetzt beenden?',
    },
    more: {
      lock: 'Sie melden sich mit Ihrem Kennwort wieder an. Nichts wird geschlossen.',
      'sign-out': 'Alle Ihre Programme werden geschlossen, und die Sitzung endet. Speichern Sie vorher Ihre Arbeit.',
      restart:
        'Alle Ihre Programme werden geschlossen. Speichern Sie vorher Ihre Arbeit. Danach werden Sie gefragt, ob er zurückkommen darf.',
      'task-manager': 'Was es nicht gespeichert hat, kann verloren gehen.',
    },
    other: 'Darf er das jetzt tun?',
  },

  capability: {
    view: {
      ask: 'Ihren Bildschirm sehen',
      more: 'Alles, was darauf sichtbar ist. Schließen Sie vorher, was privat ist.',
    },
    control: {
      ask: 'Maus und Tastatur benutzen',
      more: 'Ihre eigenen behalten Sie, und Sie können ihn jederzeit stoppen.',
    },
    point: {
      ask: 'Auf Ihrem Bildschirm zeigen und zeichnen',
      more: 'Damit er Ihnen zeigen kann, wohin Sie klicken. Verändert wird dabei nichts.',
    },
    'clipboard-in': {
      ask: 'Etwas in Ihre Zwischenablage legen',
      more: 'Was Sie als Nächstes einfügen, kann dann von ihm sein.',
    },
    'clipboard-out': {
      ask: 'Ihre Zwischenablage lesen',
      more: 'Was Sie kopieren, solange er da ist, bekommt er auch. Kopieren Sie kein Passwort.',
    },
    'files-in': {
      ask: 'Dateien auf Ihren Computer legen',
      more: 'Sie kommen in den Ordner unten und können nicht von selbst starten.',
    },
    'files-out': {
      ask: 'Dateien von Ihrem Computer holen',
      more: 'Er kann ansehen und kopieren, was im Ordner unten liegt.',
    },
    lock: { ask: 'Ihren Computer sperren', more: 'Sie melden sich danach mit Ihrem Passwort wieder an.' },
    'sign-out': { ask: 'Sie abmelden', more: 'Programme werden geschlossen. Speichern Sie vorher Ihre Arbeit.' },
    restart: {
      ask: 'Ihren Computer neu starten',
      more: 'Programme werden geschlossen. Speichern Sie vorher Ihre Arbeit.',
    },
    'task-manager': {
      ask: 'Ihre Programme sehen und beenden',
      more: 'Was ein Programm nicht gespeichert hatte, ist dann verloren.',
    },
    'system-info': {
      ask: 'Sehen, was für ein Computer das ist',
      more: 'System, Speicher, Festplatten und Programme.',
    },
  },

  group: {
    look: 'Ansehen',
    hands: 'Maus und Tastatur',
    clipboard: 'Zwischenablage',
    files: 'Dateien',
    interrupt: 'Was Ihre Arbeit unterbricht',
    keep: 'Aufzeichnung',
  },

  guard: {
    title: 'Hat jemand Sie angerufen und dazu aufgefordert?',
    no: 'Nein, ich habe selbst um Hilfe gebeten',
    yes: 'Ja, ich wurde angerufen',
    why: 'Betrüger rufen an und geben sich als Bank, große Firma oder Polizei aus.',
    stopTitle: 'Dann hören Sie bitte hier auf.',
    stop: 'Keine Bank, keine große Firma und keine Polizei ruft an, um auf Ihren Computer zu sehen. Es ist Betrug, wenn er:',
    signs: [
      'Ihr Bankkonto oder Ihre Passwörter sehen will',
      'Geld, Gutscheinkarten oder eine Überweisung verlangt',
      'sagt, dass es eilt, oder dass Sie niemandem davon erzählen dürfen',
    ],
    report: 'Abbrechen und melden',
    justStop: 'Abbrechen',
    goOn: 'Ich kenne diese Person gut. Weiter',
  },

  reported: {
    title: 'Wem Sie es jetzt sagen sollten',
    tell: [
      'Haben Sie Ihr Bankkonto oder ein Passwort gezeigt: Rufen Sie sofort Ihre Bank an.',
      'Sagen Sie es der Polizei. Sie kennt diesen Betrug, und niemand muss sich dafür schämen.',
      'Sagen Sie es jemandem, dem Sie vertrauen, und lassen Sie ihn diesen Computer ansehen, bevor Sie weitermachen.',
    ],
    kept: 'Was dieser Computer von ihm gesehen hat, steht in dieser Datei. Zeigen Sie sie, wem Sie davon erzählen:',
    relay:
      'Auch der Server dieses Anrufs hat es erfahren. Er kann dem Betrüger gehören: Verlassen Sie sich nicht auf ihn allein.',
  },

  live: {
    may: 'Er darf',
    bar: 'Die Leiste oben am Bildschirm bleibt, solange er verbunden ist.',
    pause: 'Anhalten',
    pausedTitle: 'Pause',
    paused: 'Er sieht nichts und kann nichts tun. Lassen Sie sich Zeit.',
    resume: 'Weiter',
    held: 'Von Ihnen angehalten',
    takeAway: 'Ganz wegnehmen',
    barHidden:
      'Maus und Tastatur sind angehalten, weil die Leiste oben am Bildschirm verdeckt ist. Machen Sie sie frei.',
    until: (time) => `Spätestens um ${time} Uhr endet die Sitzung von selbst.`,
  },

  attention: {
    call: 'Techniker rufen',
    asked: 'Ihr Techniker wurde gerufen: Sein Computer hat einen Ton gemacht.',
    unanswered: 'Noch hat niemand hergesehen. Sie können noch einmal rufen.',
    seen: 'Ihr Techniker hat gesehen, dass Sie ihn gerufen haben.',
  },

  permissions: {
    title: 'Ihr Mac will es zuerst von Ihnen hören',
    lead: 'Solange Sie es nicht einmal erlaubt haben, zeigt ein Mac keinem Programm Ihren Bildschirm und lässt keines klicken oder tippen.',
    screen: {
      open: 'Bildschirm: Einstellungen öffnen',
      after: 'Will macOS dieses Programm danach beenden, stimmen Sie zu und starten Sie es noch einmal.',
    },
    hands: {
      open: 'Maus und Tastatur: Einstellungen öffnen',
      after: 'Das ist nur nötig, wenn Ihr Techniker klicken und tippen soll. Es gilt sofort.',
    },
    how: 'Schalten Sie in der Liste, die sich öffnet, dieses Programm (Deskhand) ein. Vielleicht fragt macOS nach Ihrem Passwort: Dann fragt Ihr eigener Computer.',
    safe: 'Auch dann sieht und tut niemand etwas, das Sie nicht in diesem Fenster erlaubt haben. Sie können es dort jederzeit wieder ausschalten.',
  },

  forget: {
    kept: 'Dieses Programm behält auf diesem Computer einen kleinen Ordner:',
    what: 'Darin sind der Schlüssel dieses Computers, wen Sie geprüft haben und was Sie gemeldet haben.',
    forget: 'Diesen Computer vergessen',
    done: 'Alles wurde entfernt. Auf diesem Computer bleibt nichts von diesem Programm zurück. Auch das Programm selbst können Sie löschen.',
    left: 'Das konnte nicht entfernt werden:',
    close: 'Schließen',
  },

  request: {
    open: (whom: string) => `Kein Code? ${whom} um Hilfe bitten`,
    name: 'Ihr Name',
    problem: 'Was ist das Problem?',
    goes: (whom: string) => `Nur ${whom} bekommt das. Ihren Bildschirm sieht dadurch niemand.`,
    send: 'Um Hilfe bitten',
    stage: {
      sending: 'Ihre Bitte ist unterwegs.',
      waiting:
        'Ihre Bitte ist angekommen. Lassen Sie dieses Fenster offen: Es geht von selbst weiter, sobald ein Techniker Zeit hat.',
      put_aside: 'Im Moment kann sich niemand darum kümmern. Bitte rufen Sie an.',
      too_many: 'Zu viele Bitten in kurzer Zeit. Warten Sie eine Minute und versuchen Sie es noch einmal.',
      failed: 'Ihre Bitte ist nicht angekommen. Prüfen Sie Ihre Internetverbindung und versuchen Sie es noch einmal.',
    },
  },

  chat: {
    title: 'Chat',
    empty: 'Noch wurde nichts geschrieben.',
    label: 'Nachricht an Ihren Techniker',
    send: 'Senden',
    me: 'Sie',
    sending: 'unterwegs',
    reach: { sent: 'gesendet', delivered: 'zugestellt', read: 'gelesen' },
  },

  browser: {
    title: 'Ohne Programm zeigen',
    rest: 'Die letzten vier Zeichen Ihres Codes',
    incomplete:
      'Die Adresse dieser Seite ist unvollständig. Öffnen Sie den ganzen Link, den Ihr Techniker Ihnen gegeben hat.',
    unable:
      'Dieser Browser kann Ihrem Techniker nichts zeigen. Gehen Sie zurück und starten Sie stattdessen das Programm.',
    trust: (relay: string) => `Diese Seite vertraut ${relay}: Wer diesen Server betreibt, könnte mit zusehen.`,
    only: 'Er kann zusehen, sonst nichts: keine Maus, keine Tastatur, keine Zwischenablage, keine Dateien.',
    camera: { ask: 'Sehen, was Ihre Kamera sieht', more: 'Richten Sie sie nur auf das, was er sehen soll.' },
    choose: 'Ihr Browser fragt, was Sie zeigen möchten',
    chooseLead: 'Wählen Sie es im Fenster des Browsers. Vorher wird nichts gezeigt.',
    live: (name: string) => `${name} sieht, was Sie zeigen`,
    shown: 'Was Sie zeigen',
    close: 'Wenn Sie diese Seite schließen, endet die Sitzung.',
  },

  end: 'Sitzung beenden',
  startOver: 'Neu beginnen',
  asAdministrator: 'Als Administrator neu starten',
  cancel: 'Abbrechen',

  problem: {
    bad_address: 'Am Anfang fehlt eine Adresse. Es sieht so aus: hilfe.example.org K7MP-4QXD',
    insecure_address: 'Diese Adresse ist nicht sicher (http). Bitten Sie Ihren Techniker um eine mit https.',
    bad_code: 'Der Code fehlt oder hat eine falsche Form. Er sieht so aus: K7MP-4QXD',
    invalid_code: 'Dieser Code gilt nicht oder nicht mehr. Bitten Sie Ihren Techniker um einen neuen.',
    wrong_code: 'Der Code stimmt nicht. Prüfen Sie ihn mit Ihrem Techniker und geben Sie ihn noch einmal ein.',
    too_many_wrong_codes: 'Zu oft wurde ein falscher Code versucht. Bitten Sie Ihren Techniker um einen neuen.',
    too_many: 'Zu viele Versuche in kurzer Zeit. Warten Sie eine Minute und versuchen Sie es noch einmal.',
    no_relay: 'Die Adresse antwortet nicht. Prüfen Sie sie und Ihre Internetverbindung; es wird immer wieder versucht.',
    wrong_relay:
      'Was dort antwortet, ist nicht das, was Ihr Techniker genannt hat. Zur Sicherheit wurde nichts gesendet. Bitten Sie ihn um eine neue Datei oder einen neuen Code.',
    version: 'Dieses Programm und das Ihres Technikers passen nicht zusammen. Bitten Sie ihn um die neueste Fassung.',
    not_proven: 'Die andere Seite konnte nicht beweisen, dass sie Ihr Techniker ist. Ihr wurde nichts gezeigt.',
    not_certified:
      'Wer anruft, ist von der Firma dieses Programms nicht bestätigt. Ihm wurde nichts gezeigt. Fragen Sie bei der Firma nach.',
    package_damaged:
      'Die Datei support.deskhand ist beschädigt. Lassen Sie sie sich noch einmal schicken, oder geben Sie den Code ein.',
    package_foreign:
      'Die Datei support.deskhand ist keine Hilfe-Datei. Lassen Sie sie sich noch einmal schicken, oder geben Sie den Code ein.',
    package_newer:
      'Die Datei support.deskhand ist neuer als dieses Programm. Laden Sie das Programm neu, oder geben Sie den Code ein.',
    package_expired: 'Die Datei support.deskhand ist zu alt. Bitten Sie um eine neue, oder geben Sie den Code ein.',
    package_unreadable:
      'Die Datei support.deskhand lässt sich nicht lesen. Lassen Sie sie sich noch einmal schicken, oder geben Sie den Code ein.',
    name_damaged: 'Der Name dieses Programms wurde geändert. Laden Sie es noch einmal, oder geben Sie den Code ein.',
    inside_archive:
      'Bitte entpacken Sie das Paket zuerst: Schließen Sie dieses Fenster, wählen Sie bei der geladenen Datei „Alle extrahieren“ und starten Sie das Programm im neuen Ordner. Oder geben Sie den Code ein.',
    no_connection: 'Es wurde kein Weg zum Computer Ihres Technikers gefunden. Er kann es noch einmal versuchen.',
    no_capture: 'Dieser Bildschirm lässt sich nicht zeigen. Ihr Techniker erfährt es.',
    no_portal:
      'Dieser Desktop zeigt Ihrem Techniker nicht den ganzen Bildschirm. Melden Sie sich ab, wählen Sie bei der Anmeldung eine Sitzung mit „X11“ oder „Xorg“ im Namen und rufen Sie dann noch einmal an.',
    not_alone:
      'Ihr Techniker hat gerade Maus oder Tastatur benutzt, deshalb zählte dieser Klick nicht. Warten Sie kurz und klicken Sie noch einmal.',
    secure_desktop:
      'Windows fragt nach einer Erlaubnis oder einem Passwort. Ihr Techniker kann das weder sehen noch beantworten: Bitte tun Sie es selbst.',
    elevated:
      'Das Fenster im Vordergrund gehört einem Administrator. Ihr Techniker sieht es, kann darin aber weder klicken noch tippen.',
    no_input: 'Maus und Tastatur lassen sich hier nicht von außen benutzen. Ihr Techniker kann nur zusehen.',
  },
};
