/** Was die Konsole von den Relays sagt, denen sie beigetreten ist, auf Deutsch. */

import type { RelaysText } from './en';

export const relays: RelaysText = {
  title: 'Relays',
  lead: 'Diese Konsole ist immer bei einem Relay zu Hause. Sitzungen, Geräte und alles andere gehören zu dem Relay, bei dem sie sind.',
  list: 'Relays dieser Konsole',
  inside: 'In diesem Programm',
  current: 'In Gebrauch',
  change: 'Wechseln',
  changeTo: (relay) => `Zum Relay ${relay} wechseln`,
  remove: 'Entfernen',
  removeOf: (relay) => `Das Relay ${relay} entfernen`,
  add: 'Einem weiteren Relay beitreten',
  addLead:
    'Mit dem Einrichtungs-Token, das das Relay ausgegeben oder dessen Besitzer Ihnen geschickt hat. Sie bleiben, wo Sie sind, bis Sie wechseln.',
  address: 'Adresse des Relays',
  addressMissing: 'Geben Sie die Adresse des Relays ein.',
  token: 'Einrichtungs-Token',
  tokenMissing: 'Geben Sie das Einrichtungs-Token ein.',
  join: 'Beitreten',
  joined: 'Beigetreten. Wechseln Sie dorthin, wenn Sie dort arbeiten möchten.',
  away: 'Unter dieser Adresse antwortet niemand, oder das Zertifikat ist nicht das des Tokens.',
  busyTitle: (relay) => `Zu ${relay} wechseln?`,
  busyText: (calls) =>
    calls === 1
      ? 'Hier läuft ein Gespräch. Es bricht ab; der Kunde wartet, bis Sie zurückwechseln und sich wieder verbinden.'
      : `Hier laufen ${calls} Gespräche. Sie brechen ab; die Kunden warten, bis Sie zurückwechseln und sich wieder verbinden.`,
  busyYes: 'Abbrechen und wechseln',
  removeTitle: (relay) => `${relay} entfernen?`,
  removeText:
    'Diese Konsole vergisst den Weg dorthin und die Codes der Sitzungen, die dort offen sind. Was das Relay aufbewahrt, bleibt. Um zurückzukommen, brauchen Sie ein neues Token vom Besitzer oder den Schlüssel dieser Konsole.',
  removeYes: 'Entfernen',
  cancel: 'Abbrechen',
  close: 'Schließen',
};
