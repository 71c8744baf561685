import process from 'node:process';
import { sampleBundle } from './sample-bundle.ts';
import { ask, SupervisorBed } from './supervisor-bed.ts';

// A process that serves, to be killed: it runs one worker, which spins when asked to, and says the worker's id.

const bed = new SupervisorBed();
await bed.open();
const endpoint = await bed.run(
  sampleBundle(`
    export default {
      fetch(request) {
        if (new URL(request.url).pathname === '/spin') for (;;);
        return new Response('hello');
      },
    };
  `),
);
const { text } = await ask(endpoint, '/.well-known/greentic/worker?nonce=0123456789abcdef');
if (process.argv.includes('spin')) ask(endpoint, '/spin').catch(() => undefined);
process.stdout.write(`${JSON.stringify({ pid: JSON.parse(text).pid, folder: bed.folder })}\n`);
