import * as z from 'zod';
import type { Telemetry } from '../telemetry.ts';
import { type ContractOf, Nothing } from './method.ts';

const attribute = z.union([z.string().max(4096), z.number(), z.boolean()]);

const TelemetryRecord = z.strictObject({
  kind: z.enum(['log', 'span', 'metric']),
  name: z.string().min(1).max(256),
  timeMs: z.number().min(0),
  durationMs: z.number().min(0).exactOptional(),
  value: z.number().exactOptional(),
  attributes: z
    .record(z.string().min(1).max(128), attribute)
    .refine((attributes) => Object.keys(attributes).length <= 64, 'must have at most 64 attributes'),
});

/** Telemetry contract, version 1. */
export const telemetry = {
  export: {
    input: z.strictObject({ records: z.array(TelemetryRecord).min(1).max(512) }),
    output: z.strictObject({ accepted: z.int().min(0).max(512) }),
    errors: [],
  },
  flush: { input: Nothing, output: Nothing, errors: [] },
} as const satisfies ContractOf<Telemetry>;
