export { type Catalogue, writeCatalogue } from '../catalogue/catalogue.ts';
export type { Log, LogEvent } from './access-log.ts';
export { Account, addAccount, listAccounts, removeAccount } from './account.ts';
export { SERVER_LIMITS, type ServerLimits } from './listener.ts';
export { RegistryServer, type ServeOptions } from './registry-server.ts';
