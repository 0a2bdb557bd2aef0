/** The sentences of the connection test in German. */

import type { Messages } from '../en';

export const selfTest: Messages['selfTest'] = {
  title: 'Verbindungstest',
  intro:
    'Deskhand probiert von diesem Computer aus jeden Weg, auf dem eine Verbindung entstehen kann, über die Adresse, die Ihre Kunden bekommen.',
  again: 'Noch einmal testen',
  running: 'Der Test läuft. Das dauert einige Sekunden.',
  tried: (address) => `Getestet: ${address}`,
  failed: 'Der Test war nicht möglich',
  works: 'Geht',
  fails: 'Geht nicht',
  unknown: 'Nicht bekannt',
  notTried: 'Ließ sich nicht probieren, weil das Relay nicht antwortet.',
  port: {
    what: 'Port',
    relay: 'Das Relay antwortet unter seiner Adresse.',
    by: (proxy) => `Der Weg dorthin führt über den Proxy ${proxy}.`,
    nobody:
      'Dort antwortet niemand. Das Relay läuft nicht, die Adresse ist falsch, oder eine Firewall hält den Port geschlossen. Öffnen Sie ihn für TCP.',
    proxy: (proxy) =>
      `Der Proxy ${proxy} lässt die Verbindung nicht durch. Bitten Sie seinen Betreiber, die Adresse des Relays zu erlauben.`,
    other: 'Dort antwortet etwas, aber nicht dieses Relay.',
  },
  tls: {
    what: 'Verschlüsselung (TLS)',
    trusted: 'Dem Zertifikat vertraut jeder Computer.',
    own: 'Das Relay zeigt sein eigenes Zertifikat. Pakete und Codes tragen seinen Fingerabdruck, damit Kunden ein falsches bemerken.',
    notNeeded: 'Nur dieser Computer kann anrufen, und was auf ihm bleibt, braucht kein Zertifikat.',
    wrong:
      'Das Zertifikat ist nicht das erwartete. Vielleicht steht jemand zwischen Ihnen und dem Relay, oder es wurde neu eingerichtet.',
  },
  udp: {
    what: 'UDP',
    yes: 'UDP erreicht das Relay. So sind Verbindungen am besten.',
    no: 'UDP erreicht das Relay nicht. Verbindungen ohne direkten Weg laufen über den TLS-Port und sind langsamer. Öffnen Sie denselben Port auch für UDP.',
  },
  turn: {
    what: 'Über das Relay mit UDP (TURN)',
    yes: (ms) =>
      `Eine Probeverbindung über das Relay stand nach ${ms} ms. Sie hilft, wenn zwei Netze keinen direkten Weg finden.`,
    no: 'UDP erreicht das Relay, aber eine Probeverbindung darüber kam nicht zustande.',
    noUdp: 'Ohne UDP nicht möglich.',
  },
  tunnel: {
    what: 'Nur über den TLS-Port',
    yes: (ms) => `Eine Probeverbindung stand nach ${ms} ms. Sie hilft Kunden, deren Netz sonst nichts hinauslässt.`,
    no: 'Eine Probeverbindung kam nicht zustande. Kunden, deren Netz UDP sperrt, können Sie nicht aus der Ferne helfen.',
  },
  clock: {
    what: 'Uhr',
    differs: 'Weicht ab',
    same: 'Das Relay läuft auf diesem Computer und hat dieselbe Uhr.',
    close: 'Die Uhren dieses Computers und des Relays stimmen überein.',
    ahead: (seconds) =>
      `Die Uhr des Relays geht gegenüber diesem Computer ${seconds} s vor. Stellen Sie die falsche richtig: Zeiten in den Aufzeichnungen und die Gültigkeit von Codes und Zertifikaten hängen davon ab.`,
    behind: (seconds) =>
      `Die Uhr des Relays geht gegenüber diesem Computer ${seconds} s nach. Stellen Sie die falsche richtig: Zeiten in den Aufzeichnungen und die Gültigkeit von Codes und Zertifikaten hängen davon ab.`,
  },
  outside: {
    what: 'Von außen erreichbar',
    proven: (when) => `Bewiesen: Jemand von außen hat den Link geöffnet (${when}).`,
    nearby:
      'Jemand hat den Link geöffnet, aber von einer Adresse in Ihrem eigenen Netz. Über die Welt draußen beweist das nichts.',
    open: 'Das ist von hier aus nicht zu sehen. Lassen Sie den Link unten von jemandem in einem anderen Netz öffnen, zum Beispiel auf einem Telefon ohne WLAN.',
    closed: 'Nur dieser Computer kann anrufen. Öffnen Sie das Relay zuerst für das Netz.',
  },
  links: 'Link für jemanden von außen',
  linksHint:
    'Gilt eine Stunde. Zeigt das Relay sein eigenes Zertifikat, warnt der Browser vielleicht davor; das ist richtig so, und der Link wirkt trotzdem.',
  copyLink: 'Link kopieren',
};
