import { Agent, get } from 'node:http';

/** Steady requests of new visitors, four at a time, until they are sent home. */
export class Visitors implements AsyncDisposable {
  readonly #url: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 4 });
  readonly #lost: string[] = [];
  readonly #served = new Map<string, number>();
  readonly #loops: Promise<void>[];
  #coming = true;

  constructor(url: string) {
    this.#url = url;
    this.#loops = Array.from({ length: 4 }, () => this.#loop());
  }

  /** What became of each request that was not answered with 200. */
  get lost(): readonly string[] {
    return this.#lost;
  }

  /** Requests answered so far, by revision. */
  get served(): ReadonlyMap<string, number> {
    return this.#served;
  }

  get answered(): number {
    return [...this.#served.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Lets the requests under way end. */
  async leave(): Promise<void> {
    this.#coming = false;
    await Promise.all(this.#loops);
    this.#agent.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.leave();
  }

  async #loop(): Promise<void> {
    while (this.#coming) await this.#visit();
  }

  #visit(): Promise<void> {
    return new Promise((resolve) => {
      const lose = (why: string) => {
        this.#lost.push(why);
        resolve();
      };
      const request = get(this.#url, { agent: this.#agent, timeout: 10_000 }, (response) => {
        response.on('error', (error) => lose(error.message));
        response.on('end', () => {
          if (response.statusCode !== 200) return lose(`status ${response.statusCode}`);
          const revision = String(response.headers['x-greentic-revision']);
          this.#served.set(revision, (this.#served.get(revision) ?? 0) + 1);
          resolve();
        });
        response.resume();
      });
      request.on('timeout', () => request.destroy(new Error('no answer within 10 s')));
      request.on('error', (error) => lose(error.message));
    });
  }
}
