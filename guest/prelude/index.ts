import { AbortController, AbortSignal } from './abort-signal.ts';
import { atob, btoa } from './base64.ts';
import { Blob } from './blob.ts';
import { boundMemory } from './buffer-memory.ts';
import { connect } from './channel.ts';
import { console, reportUncaught } from './console.ts';
import { Crypto } from './crypto.ts';
import { CryptoKey } from './crypto-key.ts';
import { dispatcher } from './dispatcher.ts';
import { Event, EventTarget } from './event-target.ts';
import { fetch } from './fetch.ts';
import { Headers } from './headers.ts';
import { install } from './installation.ts';
import { apply, deleteProperty, NativePromise, promiseThen } from './intrinsics.ts';
import { performance, startClock } from './performance.ts';
import { Request } from './request.ts';
import { Response } from './response.ts';
import * as streams from './streams.ts';
import { SubtleCrypto } from './subtle-crypto.ts';
import { TextDecoder } from './text-decoder.ts';
import { TextEncoder } from './text-encoder.ts';
import { clearTimer, setInterval, setTimeout } from './timer.ts';
import { URL } from './url.ts';
import { URLSearchParams } from './url-search-params.ts';

// The world of a pack: what the web's standards offer a program without a page. This script runs where only the language
// itself exists, and no host: it may be kept in a snapshot. `boot` then brings it to life, once.

function queueMicrotask(callback: () => unknown): void {
  if (typeof callback !== 'function') throw new TypeError('A microtask must be a function.');
  promiseThen(
    NativePromise.resolve(),
    () => {
      try {
        apply(callback, undefined, []);
      } catch (error) {
        reportUncaught(error);
      }
    },
    reportUncaught,
  );
}

install(streams);
install({ AbortController, AbortSignal, Blob, Crypto, CryptoKey, Event, EventTarget, Headers, Request, Response });
install({ SubtleCrypto, TextDecoder, TextEncoder, URL, URLSearchParams });
install({ atob, btoa, fetch, queueMicrotask, setInterval, setTimeout });
install({ clearInterval: (id: unknown) => clearTimer(id), clearTimeout: (id: unknown) => clearTimer(id) });
install({ console, crypto: new Crypto(), performance, self: globalThis });

/** Connects this world with its host and hands out the host's end. Works once, before any pack is loaded. */
function boot(send: (json: string) => void, sync: (json: string) => string): typeof dispatcher {
  deleteProperty(globalThis, '__greentic');
  boundMemory();
  connect(send, sync);
  startClock();
  return dispatcher;
}

install({ __greentic: Object.freeze({ boot }) });
