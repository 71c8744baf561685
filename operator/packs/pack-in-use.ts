import type { CallOptions, Digest, PackGeneration, PackManifest } from '@greentic/core';

/**
 * A generation that may be replaced while it is called: no call is lost on the way. Calls that began in it end in it; later
 * ones, of whoever still holds it, go to the generation that took its place.
 */
export class PackInUse implements PackGeneration {
  readonly #generation: PackGeneration;
  readonly #successor: () => Promise<PackGeneration>;
  #underWay = 0;
  #retired = false;
  readonly #idle = Promise.withResolvers<void>();

  /** `successor` gives what fills the slot once this generation does not; it throws `env/slot-empty` when nothing does. */
  constructor(generation: PackGeneration, successor: () => Promise<PackGeneration>) {
    this.#generation = generation;
    this.#successor = successor;
  }

  get manifest(): PackManifest {
    return this.#generation.manifest;
  }

  get digest(): Digest {
    return this.#generation.digest;
  }

  get pid(): number | undefined {
    return this.#generation.pid;
  }

  async call(method: string, input: unknown, options?: CallOptions): Promise<unknown> {
    if (this.#retired) return await (await this.#successor()).call(method, input, options);
    this.#underWay++;
    try {
      return await this.#generation.call(method, input, options);
    } finally {
      this.#underWay--;
      this.#settle();
    }
  }

  /**
   * Takes no new calls, and closes behind those under way. A call ends at its deadline at the latest, so this waits no longer
   * than the pack may take to open and to answer.
   */
  async retire(): Promise<void> {
    this.#retired = true;
    this.#settle();
    await this.#idle.promise;
    await this.#generation.close();
  }

  /** Closes at once: calls under way end with `pack/not-open`. */
  async close(): Promise<void> {
    await this.#generation.close();
  }

  #settle(): void {
    if (this.#retired && this.#underWay === 0) this.#idle.resolve();
  }
}
