/** What the console says of the relays that it has joined, in English. */

export const relays = {
  title: 'Relays',
  lead: 'This console is at home at one relay at a time. Sessions, devices and everything else belong to the relay where they are.',
  list: 'Relays of this console',
  inside: 'In this program',
  current: 'In use',
  change: 'Switch',
  changeTo: (relay: string) => `Switch to the relay ${relay}`,
  remove: 'Remove',
  removeOf: (relay: string) => `Remove the relay ${relay}`,
  add: 'Join another relay',
  addLead:
    'With the set-up token that the relay printed, or that its owner has sent you. You stay where you are until you switch.',
  address: 'Address of the relay',
  addressMissing: 'Enter the address of the relay.',
  token: 'Set-up token',
  tokenMissing: 'Enter the set-up token.',
  join: 'Join',
  joined: 'Joined. Switch to it when you want to work there.',
  away: 'Nobody answers at this address, or its certificate is not the one of the token.',
  busyTitle: (relay: string) => `Switch to ${relay}?`,
  busyText: (calls: number) =>
    calls === 1
      ? 'A call goes on here. It breaks off; the customer waits until you switch back and connect again.'
      : `${calls} calls go on here. They break off; the customers wait until you switch back and connect again.`,
  busyYes: 'Break off and switch',
  removeTitle: (relay: string) => `Remove ${relay}?`,
  removeText:
    'This console forgets how to get there and the codes of sessions that are open there. What the relay keeps stays. To come back you need a new token from its owner, or this console’s key.',
  removeYes: 'Remove it',
  cancel: 'Cancel',
  close: 'Close',
};

/** What every language has. */
export type RelaysText = typeof relays;
