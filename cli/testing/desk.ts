import { createHmac, randomUUID } from 'node:crypto';

/** What a visitor of the sample bundle does. */
export class Desk {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  /** Files a ticket; its number once the desk has acknowledged it. */
  async file(subject: string): Promise<number> {
    const response = await this.#ask('/tickets', { method: 'POST', body: JSON.stringify({ from: 'Ada', subject }) });
    if (response.status !== 201) throw new Error(`The desk answered ${response.status}: ${await response.text()}`);
    return ((await response.json()) as { number: number }).number;
  }

  /** The subject of a ticket. Throws when it is not there. */
  async subjectOf(number: number): Promise<string> {
    const response = await this.#ask(`/tickets/${number}`);
    if (response.status !== 200) throw new Error(`The desk answered ${response.status}: ${await response.text()}`);
    return ((await response.json()) as { subject: string }).subject;
  }

  /** Whether the message about a ticket carries the signature that only a holder of the secret can make. */
  async signsWith(secret: string, number: number): Promise<boolean> {
    const message = await this.#ask(`/tickets/${number}/webhook`);
    const text = await message.text();
    return message.headers.get('x-desk-signature') === createHmac('sha256', secret).update(text).digest('hex');
  }

  /** The revisions that serve a new session, one request after the other, without a cookie to tell the router. */
  async session(requests: number): Promise<string[]> {
    const headers = { 'x-greentic-session': randomUUID() };
    const revisions: string[] = [];
    for (let n = 0; n < requests; n++)
      revisions.push((await this.#ask('/', { headers })).headers.get('x-greentic-revision') ?? '');
    return revisions;
  }

  /**
   * One use of every slot that serves requests: state and telemetry for a ticket, secrets for its message, sessions to stay on
   * a revision. Throws when one does not work; for sessions the split has to give both revisions some of 4 new visitors.
   */
  async useAll(secret: string): Promise<void> {
    const number = await this.file('everything');
    if (!(await this.signsWith(secret, number))) throw new Error('The webhook message is not signed.');
    const [first, ...others] = await this.session(4);
    if (others.some((revision) => revision !== first)) throw new Error('The session moved to another revision.');
  }

  // A connection of its own: one that is kept may end with the process behind it.
  #ask(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(`${this.#url}${path}`, { ...init, headers: { ...init.headers, connection: 'close' } });
  }
}
