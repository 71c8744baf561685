/** The clients of the benchmark, in a process of their own: told `{ origin, requests, connections }`, tell how it went. */
import { Pool } from 'undici';

const BROWSER = {
  accept: 'text/html,application/json;q=0.9',
  'accept-encoding': 'gzip, deflate, br',
  'accept-language': 'en-GB,en;q=0.9',
  'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) bench/1',
};

process.on(
  'message',
  async ({ origin, requests, connections }: { origin: string; requests: number; connections: number }) => {
    const pool = new Pool(origin, { connections, pipelining: 1 });
    let left = requests;
    let failed = 0;
    const started = performance.now();
    const client = async () => {
      while (left-- > 0) {
        const { statusCode, body } = await pool.request({ path: '/hello?a=1', method: 'GET', headers: BROWSER });
        await body.dump();
        if (statusCode !== 200) failed++;
      }
    };
    await Promise.all(Array.from({ length: connections }, client));
    const seconds = (performance.now() - started) / 1000;
    await pool.close();
    process.send?.({ seconds, failed });
  },
);
process.send?.({ ready: true });
