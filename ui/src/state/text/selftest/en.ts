/** The sentences of the connection test in English. */

export const selfTest = {
  title: 'Connection test',
  intro:
    'Deskhand tries every way by which a call can come about, from this computer, over the address that your customers are given.',
  again: 'Test again',
  running: 'Testing. This takes some seconds.',
  tried: (address: string) => `Tested: ${address}`,
  failed: 'The test could not be made',
  works: 'Works',
  fails: 'Does not work',
  unknown: 'Not known',
  notTried: 'Could not be tried, because the relay does not answer.',
  port: {
    what: 'Port',
    relay: 'The relay answers at its address.',
    by: (proxy: string) => `It is reached through the proxy ${proxy}.`,
    nobody:
      'Nobody answers there. The relay does not run, the address is wrong, or a firewall keeps the port closed. Open it for TCP.',
    proxy: (proxy: string) =>
      `The proxy ${proxy} does not let the connection through. Ask whoever runs it to allow the relay's address.`,
    other: 'Something answers there, but it is not this relay.',
  },
  tls: {
    what: 'Encryption (TLS)',
    trusted: 'The certificate is one that every computer trusts.',
    own: 'The relay shows its own certificate. Packages and codes carry its fingerprint, so customers notice a wrong one.',
    notNeeded: 'Only this computer can call, and what stays on it needs no certificate.',
    wrong:
      'The certificate is not the expected one. Somebody may stand between you and the relay, or it was set up anew.',
  },
  udp: {
    what: 'UDP',
    yes: 'UDP reaches the relay. Calls are at their best.',
    no: 'UDP does not reach the relay. Calls that find no direct path run over the TLS port and are slower. Open the same port for UDP.',
  },
  turn: {
    what: 'Through the relay by UDP (TURN)',
    yes: (ms: number) =>
      `A test call through the relay stood after ${ms} ms. It helps when two networks find no direct path.`,
    no: 'UDP reaches the relay, but a test call through it did not come about.',
    noUdp: 'Not possible without UDP.',
  },
  tunnel: {
    what: 'Through the TLS port alone',
    yes: (ms: number) => `A test call stood after ${ms} ms. It helps customers whose network lets nothing else out.`,
    no: 'A test call did not come about. Customers whose network blocks UDP cannot be helped from afar.',
  },
  clock: {
    what: 'Clock',
    differs: 'Differs',
    same: 'The relay runs on this computer and has the same clock.',
    close: 'The clocks of this computer and of the relay agree.',
    ahead: (seconds: number) =>
      `The relay's clock is ${seconds} s ahead of this computer's. Correct the wrong one: times in the records and the life of codes and certificates depend on it.`,
    behind: (seconds: number) =>
      `The relay's clock is ${seconds} s behind this computer's. Correct the wrong one: times in the records and the life of codes and certificates depend on it.`,
  },
  outside: {
    what: 'Reachable from outside',
    proven: (when: string) => `Proven: somebody outside opened the link (${when}).`,
    nearby:
      'Somebody opened the link, but from an address in your own network. That proves nothing about the world outside.',
    open: 'This cannot be seen from here. Have somebody in another network open the link below, for example on a telephone without Wi-Fi.',
    closed: 'Only this computer can call. Open the relay to the network first.',
  },
  links: 'Link for somebody outside',
  linksHint:
    'Works for an hour. The browser may warn of an unknown certificate when the relay shows its own; that is right, and the link works all the same.',
  copyLink: 'Copy link',
};
