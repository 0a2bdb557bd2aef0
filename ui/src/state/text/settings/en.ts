/** What the settings say, in English. */

export const settings = {
  title: 'Settings',
  appearance: 'Appearance',
  colours: 'Colours',
  colour: { system: 'As the system', light: 'Light', dark: 'Dark' },
  coloursHint: 'More contrast is taken from the system. The accent is the colour of your brand.',
  brand: 'Change the brand',
  rows: 'Rows',
  row: { comfortable: 'Comfortable', compact: 'Compact' },
  language: 'Language',
  languageOf: (system: string) => `As the system (${system})`,
  languageHint: 'The page is shown anew in it; your sessions go on meanwhile.',
  ring: 'Sound when somebody asks for help',
  hear: 'Hear it',
  relay: 'Relay and network',
  inside: 'Runs in this program.',
  elsewhere: 'Runs elsewhere; this console was joined to it.',
  address: 'Address',
  state: 'State',
  keys: 'Keyboard shortcuts',
  about: 'About',
  version: 'Version',
  licence: 'Licence',
  ownLicence: 'Apache-2.0',
  licences: 'Licences of what this page is made of',
  licencesFailed: 'The list did not load. Start Deskhand again.',
};

/** What every language has. */
export type SettingsText = typeof settings;
