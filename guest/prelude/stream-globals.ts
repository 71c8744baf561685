import { AbortController, AbortSignal } from './abort-signal.ts';
import { DOMException } from './dom-exception.ts';
import { install } from './installation.ts';
import { structuredClone } from './structured-clone.ts';

// The streams library looks for these when it is loaded, so they have to be there first.
install({ AbortController, AbortSignal, DOMException, structuredClone });
