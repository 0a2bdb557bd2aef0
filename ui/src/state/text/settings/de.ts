/** What the settings say, in German. */

import type { SettingsText } from './en';

export const settings: SettingsText = {
  title: 'Einstellungen',
  appearance: 'Aussehen',
  colours: 'Farben',
  colour: { system: 'Wie das System', light: 'Hell', dark: 'Dunkel' },
  coloursHint: 'Mehr Kontrast kommt vom System. Die Akzentfarbe ist die Farbe Ihrer Marke.',
  brand: 'Marke ändern',
  rows: 'Zeilen',
  row: { comfortable: 'Bequem', compact: 'Eng' },
  language: 'Sprache',
  languageOf: (system) => `Wie das System (${system})`,
  languageHint: 'Die Seite wird darin neu gezeigt; Ihre Sitzungen laufen weiter.',
  ring: 'Ton, wenn jemand um Hilfe bittet',
  hear: 'Anhören',
  relay: 'Relay und Netz',
  inside: 'Läuft in diesem Programm.',
  elsewhere: 'Läuft anderswo; diese Konsole ist ihm beigetreten.',
  address: 'Adresse',
  state: 'Stand',
  keys: 'Tastenkürzel',
  about: 'Über Deskhand',
  version: 'Version',
  licence: 'Lizenz',
  ownLicence: 'Apache-2.0',
  licences: 'Lizenzen dessen, woraus diese Seite besteht',
  licencesFailed: 'Die Liste wurde nicht geladen. Starten Sie Deskhand neu.',
};
