import type { SandboxLimits } from '@greentic/guest';
import type { ErrorCode } from '../errors.ts';

/** Why a sandbox ended. */
export interface SandboxEnd {
  readonly code: ErrorCode;
  readonly message: string;
}

/** What a sandbox tells its owner. Texts are JSON from hostile code: nothing about them is checked but their size. */
export interface SandboxEvents {
  message(text: string): void;
  /** Called once, when the sandbox is gone; nothing comes after it. */
  end(end: SandboxEnd): void;
}

/** A running sandbox. */
export interface Sandbox {
  readonly pid: number | undefined;
  /** Sends JSON text to the program. Does nothing once the sandbox ended. */
  send(text: string): void;
  /** Ends it at once, whatever it does. */
  kill(): void;
}

/** A way to run untrusted module text apart from everything: no file, network, process, environment or other program. */
export interface SandboxEngine {
  start(module: string, limits: SandboxLimits, events: SandboxEvents): Sandbox;
}
