import type { Command } from 'commander';
import { addCommand, collect } from './command.ts';

/** `gtc op trust-root`: whom an environment believes, and who may change that. */
export function addTrustRootCommands(op: Command): void {
  const root = op.command('trust-root').description('Whom an environment believes.');
  const load = () => import('../actions/trust-root.ts');
  changing(
    people(
      addCommand(root, 'init <env>', 'Makes the first trust root of an environment.', async () => (await load()).init),
    ),
  );
  addCommand(root, 'show <env>', 'Shows the trust root in force.', async () => (await load()).show);
  changing(
    people(
      addCommand(
        root,
        'add <env>',
        'Adds what a trust file names, keys, or time; makes the first trust root from a file.',
        async () => (await load()).add,
      ),
    )
      .option('--publisher <namespace=key>', 'a publisher’s public key for a namespace')
      .option('--conformance <key>', 'a public key whose conformance reports count')
      .option(
        '--identity <role=name>',
        'a name in certificates, a URI or an e-mail address: publisher:<namespace>, conformance or approver',
      )
      .option('--issuer <issuer>', 'who vouched for that identity, as its certificates spell it')
      .option('--extension <oid=value>', 'a further extension its certificates have to have; repeat for more', collect)
      .option(
        '--trusted-root <name=file>',
        'the Sigstore trusted root certificates are checked against; the name of one that is pinned',
      )
      .option(
        '--vouching <what=n>',
        'how many log entries, signed times and promises of certificate logs there have to be: log, time, certificate-log; 1 each unless told',
        collect,
      )
      .option('--threshold <role=n>', 'how many have to sign: publisher:<namespace>, conformance, approver or owner')
      .option('--renew', 'let the trust root be good for another year'),
  );
  changing(
    addCommand(
      root,
      'remove <env> <signer>',
      'Stops believing a key, by its id, or an identity, as <name> (<issuer>).',
      async () => (await load()).remove,
    ),
  );
  changing(
    addCommand(
      root,
      'rotate <env> <key-id> <key>',
      'Believes one public key in place of another.',
      async () => (await load()).rotate,
    ),
  ).option(
    '--role <role>',
    'only as publisher:<namespace>, conformance, approver or owner (default: wherever it is believed)',
  );
  changing(
    addCommand(root, 'policy <env>', 'Shows the policy, or sets it from a file.', async () => (await load()).policy),
  ).option('--set <file>', 'the new policy, a JSON document');
  addCommand(
    root,
    'sign <file>',
    'Signs a proposed trust root as one of its owners, in its file.',
    async () => (await load()).sign,
  ).requiredOption('--key <file>', 'the owner’s secret key');
  addCommand(
    root,
    'import <env> <file>',
    'Puts a proposed trust root in force that its owners signed.',
    async () => (await load()).importSigned,
  ).option('--dry-run', 'say what it would admit of what is here, and change nothing');
}

/** Options for who owns a trust root, who approves under it, and what it asks. */
export function people(command: Command): Command {
  return command
    .option('--trust <file>', 'whom it believes: what a registry’s owner published as its trust file')
    .option('--class <class>', 'local or protected (default: local for `local`, else protected)')
    .option('--owner <key>', 'the public key of an owner, who has to sign changes of it; repeat for more', collect)
    .option('--owners <n>', 'how many owners have to sign')
    .option('--approver <key>', 'the public key of somebody who may approve versions; repeat for more', collect)
    .option('--approvers <n>', 'how many approvers have to approve')
    .option('--no-approvers', 'nobody approves, on purpose')
    .option('--policy <file>', 'what it asks of what it admits, a JSON document');
}

/** The option of owners who sign on this machine. */
export function signing(command: Command): Command {
  return command.option('--key <file>', 'secret key of an owner who signs here and now; repeat for more', collect);
}

function changing(command: Command): Command {
  return signing(command)
    .option('--propose <file>', 'write the change to a file, for owners who sign elsewhere')
    .option('--dry-run', 'say what it would admit of what is here, and change nothing');
}
