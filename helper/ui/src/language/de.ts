import type { Words } from './en';

/** Every sentence of the page in German. */
export const de: Words = {
  product: 'Deskhand-Helfer',

  field: {
    title: 'Hilfe an diesem Computer',
    lead: 'Ihr Techniker hat Ihnen eine Adresse und einen Code genannt oder einen Link geschickt. Geben Sie das hier ein.',
    label: 'Adresse und Code, oder Link',
    example: 'hilfe.example.org K7MP-4QXD',
    call: 'Anrufen',
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
    awayLead:
      'Die Verbindung ist abgebrochen. Jetzt sieht niemand Ihren Bildschirm. Kommt sie nicht wieder, endet die Sitzung von selbst.',
    ended: 'Die Sitzung ist beendet',
    endedSafe: 'Niemand sieht Ihren Bildschirm mehr.',
  },

  ended: {
    customer_ended: 'Sie haben sie beendet.',
    technician_ended: 'Ihr Techniker hat sie beendet.',
    expired: 'Der Code wurde nicht rechtzeitig benutzt.',
    too_many_wrong_codes: 'Zu oft wurde ein falscher Code versucht.',
    hard_end: 'Die längste erlaubte Zeit ist um.',
    key_changed:
      'Die andere Seite konnte nicht mehr beweisen, dass sie derselbe Techniker ist. Zur Sicherheit wurde alles geschlossen.',
    interrupted: 'Ihr Techniker ist nicht zurückgekommen.',
  },

  who: {
    label: 'Wer hilft',
    says: 'sagt, er ist',
    from: 'von',
    over: (relay) => `über ${relay}`,
    unproven: 'noch nicht bewiesen',
  },

  words: {
    title: 'Lassen Sie sich seine drei Wörter vorlesen',
    label: 'Wörter zum Vergleichen:',
    same: 'Gleiche Wörter',
    differ: 'Andere Wörter',
    matched: 'Sie haben es geprüft: Sie sprechen mit derselben Person, die Sie hier sehen.',
    why: 'Sind sie verschieden, hört vielleicht jemand dazwischen mit: Wählen Sie dann „Andere Wörter“.',
  },

  consent: {
    title: 'Darf er das?',
    lead: (name) => `${name} möchte an diesem Computer Folgendes tun.`,
    list: 'Wonach gefragt wird',
    view: 'Ihren Bildschirm sehen',
    viewMore: 'Alles, was darauf sichtbar ist. Schließen Sie vorher, was privat ist.',
    control: 'Maus und Tastatur benutzen',
    controlMore: 'Ihre eigenen behalten Sie und können jederzeit beenden.',
    'files-in': 'Dateien in Ihren Ordner legen',
    'files-inMore': 'Sie können nicht von selbst starten.',
    'files-out': 'Dateien Ihres Ordners ansehen und kopieren',
    'files-outMore': 'Nichts außerhalb des Ordners unten.',
    folder: 'Ordner für Dateien',
    whole: 'die ganze Festplatte',
    otherFolder: 'Anderer Ordner …',
    openWhole: 'Ganze Festplatte öffnen',
    deny: 'Ablehnen',
    allow: 'Erlauben',
    allowSoon: 'Erlauben (in 1 s)',
    left: (seconds) =>
      seconds === 1 ? 'Ohne Antwort heißt es in 1 Sekunde Nein.' : `Ohne Antwort heißt es in ${seconds} Sekunden Nein.`,
    careful: 'Hat jemand Sie unerwartet angerufen und dazu aufgefordert? Dann wählen Sie Ablehnen.',
  },

  live: {
    may: 'Er darf',
    view: 'Ihren Bildschirm sehen',
    control: 'Maus und Tastatur benutzen',
    'files-in': 'Dateien in Ihren Ordner legen',
    'files-out': 'Dateien Ihres Ordners ansehen und kopieren',
    bar: 'Die Leiste oben am Bildschirm bleibt, solange er verbunden ist.',
    takeBack: 'Maus und Tastatur zurücknehmen',
    until: (time) => `Spätestens um ${time} Uhr endet die Sitzung von selbst.`,
  },

  chat: {
    title: 'Chat',
    empty: 'Noch wurde nichts geschrieben.',
    label: 'Nachricht an Ihren Techniker',
    send: 'Senden',
    me: 'Sie',
    sending: 'unterwegs',
  },

  end: 'Sitzung beenden',
  startOver: 'Neu beginnen',
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
    package_damaged:
      'Die Datei support.deskhand ist beschädigt. Lassen Sie sie sich noch einmal schicken, oder geben Sie den Code ein.',
    package_foreign:
      'Die Datei support.deskhand ist keine Hilfe-Datei. Lassen Sie sie sich noch einmal schicken, oder geben Sie den Code ein.',
    package_newer:
      'Die Datei support.deskhand ist neuer als dieses Programm. Laden Sie das Programm neu, oder geben Sie den Code ein.',
    package_expired: 'Die Datei support.deskhand ist zu alt. Bitten Sie um eine neue, oder geben Sie den Code ein.',
    package_unreadable:
      'Die Datei support.deskhand lässt sich nicht lesen. Lassen Sie sie sich noch einmal schicken, oder geben Sie den Code ein.',
    no_connection: 'Es wurde kein Weg zum Computer Ihres Technikers gefunden. Er kann es noch einmal versuchen.',
    no_capture: 'Dieser Bildschirm lässt sich nicht zeigen. Ihr Techniker erfährt es.',
    no_input: 'Maus und Tastatur lassen sich hier nicht von außen benutzen. Ihr Techniker kann nur zusehen.',
  },
};
