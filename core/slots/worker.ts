/** What a bundle exports by default: a web-standard handler. */
export interface BundleHandler {
  /** Answers one request. What it throws becomes a 500 without details. */
  fetch(request: Request, context: WorkerContext): Response | Promise<Response>;
}

/** What a worker is and what it may ask for. Each ability comes from the environment's pack, for this customer only. */
export interface WorkerContext {
  /** Who answers: the deployment's customer, and the frozen version that runs. */
  readonly identity: WorkerIdentity;
  readonly state: WorkerState;
  readonly sessions: WorkerSessions;
  readonly secrets: WorkerSecrets;
  readonly telemetry: WorkerTelemetry;
}

/** Names the running worker. */
export interface WorkerIdentity {
  readonly environment: string;
  readonly customer: string;
  readonly deployment: string;
  readonly revision: string;
}

/** Durable texts with compare-and-swap, when the bundle needs `state`. */
export interface WorkerState {
  get(key: string): Promise<{ value: string; revision: number } | null>;
  put(key: string, value: string, options?: { ifRevision?: number }): Promise<{ revision: number }>;
  delete(key: string, options?: { ifRevision?: number }): Promise<{ deleted: boolean }>;
  list(prefix: string, options?: { after?: string; limit?: number }): Promise<{ keys: string[]; next: string | null }>;
}

/** What is remembered of a user between requests, when the bundle needs `sessions`. */
export interface WorkerSessions {
  /** The value, or null when there is none or its time is over. */
  get(session: string): Promise<string | null>;
  put(session: string, value: string, options: { ttlSeconds: number }): Promise<void>;
  delete(session: string): Promise<void>;
}

/** The secrets the bundle names in its manifest, when it needs `secrets`. */
export interface WorkerSecrets {
  get(name: string): Promise<Uint8Array<ArrayBuffer>>;
}

/** Records stamped with environment, customer, deployment, revision and bundle, when the bundle needs `telemetry`. */
export interface WorkerTelemetry {
  log(name: string, attributes?: Record<string, string | number | boolean>): Promise<void>;
  metric(name: string, value: number, attributes?: Record<string, string | number | boolean>): Promise<void>;
  span(name: string, durationMs: number, attributes?: Record<string, string | number | boolean>): Promise<void>;
}
