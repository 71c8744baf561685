import * as z from 'zod';

/** The five capability slots of an environment, in the order they are opened. */
export const SLOTS = ['secrets', 'state', 'sessions', 'telemetry', 'deployer'] as const;

/** A capability slot. */
export const Slot = z.enum(SLOTS);
export type Slot = z.infer<typeof Slot>;

const LABEL = '[a-z][a-z0-9]*(?:-[a-z0-9]+)*';
// Windows refuses these as file names, whatever their extension.
const RESERVED = '(?!(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\\.|$))';

/** A lower-case word of letters, digits and single dashes, at most 40 long: safe as a file, host and Kubernetes name. */
export const Label = z
  .string()
  .max(40)
  .regex(
    new RegExp(`^${RESERVED}${LABEL}$`),
    'must be lower-case letters, digits and single dashes, starting with a letter',
  );
export type Label = z.infer<typeof Label>;

/** Name of an environment, such as `local`. */
export const EnvironmentName = Label.brand('EnvironmentName');
export type EnvironmentName = z.infer<typeof EnvironmentName>;

/** Name of what a registry holds: `<namespace>.<slot>.<name>` for a pack, `<namespace>.bundle.<name>` for a bundle. */
export const ArtifactName = z
  .string()
  .max(122)
  .regex(
    new RegExp(`^${LABEL}\\.(?:bundle|${SLOTS.join('|')})\\.${LABEL}$`),
    'must be <namespace>.<slot>.<name>, such as greentic.secrets.file',
  )
  .brand('ArtifactName');
export type ArtifactName = z.infer<typeof ArtifactName>;

/** The publisher's part of a name: the first label. */
export function namespaceOf(name: ArtifactName): string {
  return name.slice(0, name.indexOf('.'));
}

/** The middle label of a name: the slot a pack fills, or `bundle`. */
export function kindOf(name: ArtifactName): Slot | 'bundle' {
  return name.split('.')[1] as Slot | 'bundle';
}

/** Exact semantic version (semver.org 2.0.0) without build metadata, at most 64 characters. */
export const Version = z
  .string()
  .max(64)
  .regex(
    /^(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:-(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*)?$/,
    'must be a semantic version such as 1.2.0',
  )
  .brand('Version');
export type Version = z.infer<typeof Version>;

/** Id of a deployment: `<bundle>.<customer>`, unique in its environment by construction. */
export const DeploymentId = z
  .string()
  .max(81)
  .regex(new RegExp(`^${LABEL}\\.${LABEL}$`), 'must be <bundle>.<customer>')
  .brand('DeploymentId');
export type DeploymentId = z.infer<typeof DeploymentId>;

/** Id of a revision: `<deployment>.<sequence>`; sequences start at 1 and are never used again. */
export const RevisionId = z
  .string()
  .max(92)
  .regex(new RegExp(`^${LABEL}\\.${LABEL}\\.[1-9][0-9]{0,9}$`), 'must be <bundle>.<customer>.<number>')
  .brand('RevisionId');
export type RevisionId = z.infer<typeof RevisionId>;

/** Instant as ISO 8601 in UTC with milliseconds. */
export const Instant = z.iso.datetime({ precision: 3 });
export type Instant = z.infer<typeof Instant>;
