/** What one error code means to the two machines that read it: the shell (exit) and an HTTP client. */
export interface ErrorInfo {
  /** Process exit status: 2 usage, 3 refused, 4 not found, 5 conflict, 6 drift, 7 unavailable, 8 conformance failed, 1 unforeseen. */
  readonly exit: 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;
  /** Status of the same error over HTTP. */
  readonly http: number;
  /** One sentence: what happened. */
  readonly summary: string;
  /** The way out, when the place that throws gives no better one. */
  readonly hint: string;
}

export const usage = (summary: string, hint: string): ErrorInfo => ({ exit: 2, http: 400, summary, hint });
export const refused = (summary: string, hint: string): ErrorInfo => ({ exit: 3, http: 403, summary, hint });
export const missing = (summary: string, hint: string): ErrorInfo => ({ exit: 4, http: 404, summary, hint });
export const conflict = (summary: string, hint: string): ErrorInfo => ({ exit: 5, http: 409, summary, hint });
export const drift = (summary: string, hint: string): ErrorInfo => ({ exit: 6, http: 409, summary, hint });
export const unavailable = (summary: string, hint: string): ErrorInfo => ({ exit: 7, http: 503, summary, hint });
export const unforeseen = (summary: string, hint: string): ErrorInfo => ({ exit: 1, http: 500, summary, hint });
