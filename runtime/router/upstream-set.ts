import { openUpstream, type Upstream, type UpstreamTimes } from './upstream.ts';

/** The endpoints in use. */
export interface UpstreamSet {
  /** Keeps these endpoints and lets go of all others once their requests have ended. */
  follow(endpoints: ReadonlySet<string>): void;
  /** The endpoint's upstream. One that is not followed any more is opened for the one request that still wants it. */
  take(endpoint: string): Upstream;
  /** Endpoints with open connections, those being let go included. */
  size(): number;
  /** Breaks everything under way. */
  destroy(): Promise<void>;
}

/** Upstreams by endpoint; the same endpoint keeps its connections from one configuration to the next. */
export function createUpstreamSet(times: UpstreamTimes): UpstreamSet {
  const followed = new Map<string, Upstream>();
  const all = new Set<Upstream>();
  const open = (endpoint: string): Upstream => {
    const upstream = openUpstream(endpoint, times, () => all.delete(upstream));
    all.add(upstream);
    return upstream;
  };
  return {
    follow(endpoints) {
      for (const endpoint of endpoints) {
        if (!followed.has(endpoint)) followed.set(endpoint, open(endpoint));
      }
      for (const [endpoint, upstream] of followed) {
        if (endpoints.has(endpoint)) continue;
        followed.delete(endpoint);
        upstream.retire();
      }
    },
    take(endpoint) {
      const upstream = followed.get(endpoint) ?? open(endpoint);
      upstream.enter();
      if (!followed.has(endpoint)) upstream.retire();
      return upstream;
    },
    size: () => all.size,
    async destroy() {
      await Promise.all([...all].map((upstream) => upstream.destroy()));
    },
  };
}
