/** What passes beside the picture in a browser, each by a click of the person at it: texts and files. */

import { BackendError, type Ability, type BackendEvent } from '../backend';
import type { FilesBackend } from '../files';
import type { Side } from '../../protocol/generated/Side';
import type { Seat, SeatEvent } from './call/seat';
import { Clipboards } from './clipboard';
import { refused, RemoteFiles } from './files';

export class Around {
  readonly abilities: readonly Ability[] = ['clipboard_clicked', 'picked_files'];
  readonly files: FilesBackend;
  readonly #clipboards: Clipboards;
  readonly #files = new Map<string, RemoteFiles>();

  constructor(
    private readonly tell: (event: BackendEvent) => void,
    private readonly seat: (session: string) => Seat | undefined,
  ) {
    this.#clipboards = new Clipboards(tell, seat);
    this.files = this.#backend();
  }

  heard(session: string, event: SeatEvent): void {
    switch (event.kind) {
      case 'begun':
        this.#clipboards.begun(session);
        void this.#attach(session);
        break;
      case 'clipboard':
        this.#clipboards.heard(session, event.message);
        break;
      case 'files':
        this.#files.get(session)?.heard(event.message);
        break;
      case 'state':
        if (event.state.state === 'live') this.#files.get(session)?.goOn();
        if (event.state.state === 'over') this.#over(session);
    }
  }

  paste(session: string): Promise<void> {
    return this.#clipboards.paste(session);
  }

  takeText(session: string): Promise<void> {
    return this.#clipboards.take(session);
  }

  async #attach(session: string): Promise<void> {
    const [{ Talks }, carrying] = await Promise.all([import('./call/talk'), import('./call/carry')]);
    const seat = this.seat(session);
    if (seat) this.#of(session).attach(new Talks(seat), carrying);
  }

  #over(session: string): void {
    this.#clipboards.over(session);
    this.#files.get(session)?.close();
    this.#files.delete(session);
  }

  #of(session: string): RemoteFiles {
    const known = this.#files.get(session);
    if (known) return known;
    const files = new RemoteFiles((queue) => this.tell({ kind: 'files', session, queue }));
    this.#files.set(session, files);
    return files;
  }

  #backend(): FilesBackend {
    /** Only the customer's side is there. */
    const at = async <T>(session: string, side: Side, what: (files: RemoteFiles) => T | Promise<T>): Promise<T> => {
      if (side === 'local') throw new BackendError('file', 'a page knows no folders of its computer', 'denied');
      try {
        return await what(this.#of(session));
      } catch (error) {
        throw error instanceof BackendError ? error : refused(error);
      }
    };
    const absent = () => Promise.reject(new BackendError('file', 'a page knows no folders of its computer', 'denied'));
    return {
      places: (session, side) => at(session, side, (files) => files.places()),
      list: (session, side, path) => at(session, side, (files) => files.list(path)),
      search: (session, side, path, text) => at(session, side, (files) => files.search(path, text)),
      searchStop: (session, side) => at(session, side, (files) => files.stopSearch()),
      makeFolder: (session, side, path) => at(session, side, (files) => files.change({ kind: 'folder', path })),
      rename: (session, side, path, name) => at(session, side, (files) => files.change({ kind: 'rename', path, name })),
      trash: (session, side, paths) => at(session, side, (files) => files.trash(paths)),
      carry: (session, from, what) => at(session, from, (files) => files.fetch(what)),
      sendPicked: (session, picked, into) => at(session, 'remote', (files) => files.send(picked, into)),
      sendDropped: absent,
      dragOut: () => Promise.resolve(false),
      stopDrag: () => Promise.resolve(),
      job: (session, job, order) => at(session, 'remote', (files) => files.job(job, order)),
      choose: (session, item, choice, scope) => at(session, 'remote', (files) => files.choose(item, choice, scope)),
    };
  }
}
