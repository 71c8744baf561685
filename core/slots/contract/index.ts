import type { Slot } from '../../model/name.ts';
import { deployer } from './deployer.ts';
import type { MethodContract } from './method.ts';
import { secrets } from './secrets.ts';
import { sessions } from './sessions.ts';
import { state } from './state.ts';
import { telemetry } from './telemetry.ts';

/** A slot's typed token: its name, the version of its contract, and every method of it. */
export interface SlotContract {
  readonly slot: Slot;
  /** Contract version the host speaks. */
  readonly version: number;
  readonly methods: Readonly<Record<string, MethodContract>>;
}

// Method inputs are checked one by one at run time, so the table may forget which type belongs to which name.
const methodsOf = (methods: Record<string, unknown>) => methods as Record<string, MethodContract>;

/** The contract of each slot. */
export const CONTRACTS: Readonly<Record<Slot, SlotContract>> = {
  deployer: { slot: 'deployer', version: 1, methods: methodsOf(deployer) },
  secrets: { slot: 'secrets', version: 1, methods: methodsOf(secrets) },
  telemetry: { slot: 'telemetry', version: 1, methods: methodsOf(telemetry) },
  sessions: { slot: 'sessions', version: 1, methods: methodsOf(sessions) },
  state: { slot: 'state', version: 1, methods: methodsOf(state) },
};
