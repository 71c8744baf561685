import { Agent, get } from 'node:http';

/** What came back, by generation of the environment and then by revision. */
export interface LoadCounts {
  readonly lost: number;
  readonly byGeneration: ReadonlyMap<number, ReadonlyMap<string, number>>;
}

/** Steady requests of new visitors, several at a time, until it is stopped. */
export class Load {
  readonly #url: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 4 });
  readonly #byGeneration = new Map<number, Map<string, number>>();
  #lost = 0;
  #running = true;
  readonly #loops: Promise<void>[];

  constructor(url: string) {
    this.#url = url;
    this.#loops = Array.from({ length: 4 }, () => this.#loop());
  }

  get counts(): LoadCounts {
    return { lost: this.#lost, byGeneration: this.#byGeneration };
  }

  /** Requests answered under a generation so far. */
  answered(generation: number): number {
    return [...(this.#byGeneration.get(generation)?.values() ?? [])].reduce((sum, count) => sum + count, 0);
  }

  /** Lets the requests under way end. */
  async stop(): Promise<void> {
    this.#running = false;
    await Promise.all(this.#loops);
    this.#agent.destroy();
  }

  async #loop(): Promise<void> {
    while (this.#running) await this.#once();
  }

  #once(): Promise<void> {
    return new Promise((resolve) => {
      const lose = () => {
        this.#lost++;
        resolve();
      };
      const request = get(this.#url, { agent: this.#agent, timeout: 10_000 }, (response) => {
        response.on('error', lose);
        response.on('end', () => {
          if (response.statusCode !== 200) return lose();
          this.#count(
            Number(response.headers['x-greentic-generation']),
            String(response.headers['x-greentic-revision']),
          );
          resolve();
        });
        response.resume();
      });
      request.on('timeout', () => request.destroy(new Error('timeout')));
      request.on('error', lose);
    });
  }

  #count(generation: number, revision: string): void {
    const counts = this.#byGeneration.get(generation) ?? new Map<string, number>();
    counts.set(revision, (counts.get(revision) ?? 0) + 1);
    this.#byGeneration.set(generation, counts);
  }
}
