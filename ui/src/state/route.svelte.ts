/** Which screen is shown. The address holds it, so that back, forward and reload work. */

export type Route =
  | { screen: 'sessions' }
  | { screen: 'history' }
  | { screen: 'devices' }
  | { screen: 'selftest' }
  | { screen: 'session'; id: string };

export function parseRoute(hash: string): Route {
  const [screen, id] = hash.replace(/^#\/?/, '').split('/');
  if (screen === 'history' || screen === 'devices' || screen === 'selftest') return { screen };
  if (screen === 'session' && id && /^[0-9a-f-]{36}$/i.test(id)) return { screen, id };
  return { screen: 'sessions' };
}

export function hashOf(route: Route): string {
  switch (route.screen) {
    case 'sessions':
      return '#/';
    case 'session':
      return `#/session/${route.id}`;
    default:
      return `#/${route.screen}`;
  }
}

class Router {
  current = $state.raw<Route>({ screen: 'sessions' });

  /** Follows the address from now on. */
  start(): void {
    const follow = () => (this.current = parseRoute(location.hash));
    addEventListener('hashchange', follow);
    follow();
  }

  go(route: Route): void {
    location.hash = hashOf(route);
  }
}

export const router = new Router();
