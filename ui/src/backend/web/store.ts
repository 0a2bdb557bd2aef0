/**
 * What this browser keeps: keys that no script can read out, and what only this console knows of its open sessions,
 * encrypted with one of them. All of it stays in this browser's own database.
 */

const DATABASE = 'deskhand';
const STORES = ['keys', 'sessions'] as const;
type StoreName = (typeof STORES)[number];

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('the browser keeps nothing'));
  });
}

export class Store {
  #database: Promise<IDBDatabase> | undefined;

  #open(): Promise<IDBDatabase> {
    const opening = () => {
      const request = indexedDB.open(DATABASE, 1);
      request.onupgradeneeded = () => {
        for (const name of STORES) request.result.createObjectStore(name);
      };
      return done(request);
    };
    return (this.#database ??= opening());
  }

  async get<T>(store: StoreName, key: string): Promise<T | undefined> {
    const database = await this.#open();
    return done(database.transaction(store).objectStore(store).get(key)) as Promise<T | undefined>;
  }

  /** Everything whose name begins with this, by the rest of its name. */
  async all<T>(store: StoreName, start: string): Promise<Map<string, T>> {
    const objects = (await this.#open()).transaction(store).objectStore(store);
    const range = IDBKeyRange.bound(start, `${start}\uffff`);
    const [keys, values] = await Promise.all([done(objects.getAllKeys(range)), done(objects.getAll(range))]);
    return new Map(keys.map((key, n) => [String(key).slice(start.length), values[n] as T]));
  }

  async put(store: StoreName, key: string, value: unknown): Promise<void> {
    const database = await this.#open();
    await done(database.transaction(store, 'readwrite').objectStore(store).put(value, key));
  }

  async remove(store: StoreName, key: string): Promise<void> {
    const database = await this.#open();
    await done(database.transaction(store, 'readwrite').objectStore(store).delete(key));
  }
}
