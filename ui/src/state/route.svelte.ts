/** Which screen is shown. The address holds it with what is searched there, so that back, forward and reload work. */

const PLAIN = ['dashboard', 'sessions', 'devices', 'statistics', 'audit', 'selftest', 'templates', 'settings'] as const;

export type Place = (typeof PLAIN)[number];

export type Route =
  /** With a record that is opened beside the list, if any. */
  | { screen: Place; id?: string; query?: Readonly<Record<string, string>> }
  | { screen: 'session'; id: string }
  | { screen: 'device'; id: string; tab?: string };

const ID = /^[0-9a-f-]{36}$/i;

export function parseRoute(hash: string): Route {
  const [path = '', search = ''] = hash.replace(/^#\/?/, '').split('?');
  const [screen, id, tab] = path.split('/');
  const known = id && ID.test(id) ? id : undefined;
  if (screen === 'session' && known) return { screen, id: known };
  if (screen === 'device' && known) return tab ? { screen, id: known, tab } : { screen, id: known };
  const place = PLAIN.find((name) => name === screen) ?? 'dashboard';
  const query = Object.fromEntries(new URLSearchParams(search));
  return {
    screen: place,
    ...(known ? { id: known } : {}),
    ...(Object.keys(query).length > 0 ? { query } : {}),
  };
}

export function hashOf(route: Route): string {
  if (route.screen === 'session') return `#/session/${route.id}`;
  if (route.screen === 'device') return `#/device/${route.id}${route.tab ? `/${route.tab}` : ''}`;
  const query = new URLSearchParams(route.query).toString();
  const place = route.screen === 'dashboard' ? '' : route.screen;
  return `#/${place}${route.id ? `/${route.id}` : ''}${query ? `?${query}` : ''}`;
}

class Router {
  current = $state.raw<Route>({ screen: 'dashboard' });

  /** Follows the address from now on. */
  start(): void {
    const follow = () => (this.current = parseRoute(location.hash));
    addEventListener('hashchange', follow);
    follow();
  }

  go(route: Route): void {
    location.hash = hashOf(route);
  }

  /** The same screen in another state: not a step to go back to. */
  replace(route: Route): void {
    const hash = hashOf(route);
    if (hash === location.hash) return;
    history.replaceState(history.state, '', hash);
    this.current = parseRoute(hash);
  }
}

export const router = new Router();

/** A query with this changed; what is empty is left out of the address. */
export function changed(
  query: Readonly<Record<string, string>>,
  change: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(Object.entries({ ...query, ...change }).filter(([, value]) => value !== ''));
}
