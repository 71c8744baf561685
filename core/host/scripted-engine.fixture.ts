import type { SandboxEngine, SandboxEvents } from '../sandbox/engine.ts';

/** An engine whose sandboxes do nothing: the test speaks for them, and hears what they were told. */
export class ScriptedEngine implements SandboxEngine {
  readonly heard: Record<string, unknown>[] = [];
  kills = 0;
  events: SandboxEvents | undefined;

  start(_module: string, _limits: object, events: SandboxEvents) {
    this.events = events;
    return {
      pid: 42,
      send: (text: string) => void this.heard.push(JSON.parse(text) as Record<string, unknown>),
      kill: () => {
        this.kills++;
        events.end({ code: 'pack/not-open', message: 'The sandbox was closed.' });
      },
    };
  }

  says(message: object | string): void {
    this.events?.message(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /** What it was told of one type. */
  told(type: string): Record<string, unknown>[] {
    return this.heard.filter((message) => message['t'] === type);
  }
}
