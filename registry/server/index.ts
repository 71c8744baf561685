export type { Log, LogEvent } from './access-log.ts';
export { Account, addAccount, listAccounts, removeAccount } from './account.ts';
export { RegistryServer, SERVER_LIMITS, type ServeOptions, type ServerLimits } from './registry-server.ts';
