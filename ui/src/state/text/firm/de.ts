/** What the console says of the company, its key and the people in it, in German. */

import type { FirmText } from './en';

export const deFirm: FirmText = {
  title: 'Firma',
  lead: 'Der Schlüssel der Firma bürgt für ihre Techniker. Wer als Kunde einen von ihnen geprüft hat, kennt auch den nächsten; ein Hilfepaket nimmt niemanden an, für den der Schlüssel nicht bürgt.',
  key: 'Schlüssel der Firma',
  noKey: 'Es gibt noch keinen. Er entsteht auf dem Computer des Inhabers.',
  where: {
    in_keyring: 'Die private Hälfte liegt im Schlüsselbund dieses Computers.',
    in_file: 'Die private Hälfte liegt in einer Datei, die nur Sie lesen können.',
    no: 'Die private Hälfte ist nicht auf diesem Computer.',
  },
  lost: 'Ihnen gehört das Relay, aber die private Hälfte des Firmenschlüssels ist nicht auf diesem Computer. Importieren Sie sie unter Identität; ist sie verloren, beginnen Sie mit einem neuen Schlüssel.',
  replace: 'Mit neuem Schlüssel beginnen',
  replaceTitle: 'Mit einem neuen Firmenschlüssel beginnen?',
  replaceText:
    'Alle Zertifikate des bisherigen Schlüssels sind dann wertlos. Damit verschickte Pakete nehmen niemanden mehr an, und Kunden vergleichen die Wörter erneut.',
  replaceYes: 'Neu beginnen',
  changedTitle: 'Die Firma hat einen anderen Schlüssel als bisher',
  changed: (fingerprint) =>
    `Fragen Sie den Inhaber am Telefon oder persönlich, ob er mit ${fingerprint} beginnt. Bis dahin gilt hier nichts, was dieser Schlüssel sagt.`,
  trust: 'Ich habe ihn verglichen',
  people: 'Techniker',
  name: 'Techniker',
  fingerprint: 'Schlüssel',
  state: 'Zertifikat',
  owner: 'Inhaber',
  me: 'Sie',
  standing: {
    none: 'Nicht bestätigt',
    good: 'Bestätigt',
    expired: 'Abgelaufen',
    renamed: 'Für einen anderen Namen',
    foreign: 'Von einem anderen Schlüssel',
    revoked: 'Widerrufen',
  },
  until: (day) => `bis ${day}`,
  certify: 'Bestätigen',
  certifyOf: (name) => `${name} bestätigen`,
  certifyTitle: (name) => `${name} bestätigen?`,
  certifyText: (name, fingerprint) =>
    `Lassen Sie sich von ${name} den Schlüssel unter Einstellungen, Identität vorlesen. Er muss ${fingerprint} lauten. Das Relay könnte Ihnen einen anderen zeigen; wer den Schlüssel hat, den Sie bestätigen, ist für alle Kunden Ihre Firma.`,
  certifyYes: 'Er ist gleich: bestätigen',
  revoke: 'Widerrufen',
  revokeOf: (name) => `Zertifikat von ${name} widerrufen`,
  revokeTitle: (name) => `Zertifikat von ${name} widerrufen?`,
  revokeText: (name) =>
    `Die Pakete der Firma nehmen ${name} nicht mehr an. Ein laufender Anruf geht weiter; beenden Sie ihn, wenn er das nicht soll.`,
  cancel: 'Abbrechen',
  close: 'Schließen',
  refused:
    'Das Paket des Kunden ist für Techniker einer Firma, und deren Schlüssel bürgt nicht für Sie. Bitten Sie den Inhaber des Relays, Sie zu bestätigen.',
  errors: {
    no_company_key: 'Der Schlüssel der Firma ist nicht auf diesem Computer. Bestätigen Sie auf dem des Inhabers.',
    key_changed: 'Das ist nicht mehr, was auf dem Bildschirm stand. Sehen Sie es sich noch einmal an.',
  },
};
