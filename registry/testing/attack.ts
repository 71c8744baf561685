import type { ErrorCode } from '@greentic/core';

/** One attack of a family: what somebody does, and the code it is refused with. */
export interface AttackCase {
  /** What is done, as a phrase. */
  readonly name: string;
  readonly code: ErrorCode;
}
