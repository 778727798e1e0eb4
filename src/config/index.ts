/** Settings: the environment and `.env`, read once into one frozen, typed tree. The only room that reads `process.env`. */
export { loadConfig } from './config.ts'
export { ConfigError } from './config-error.ts'
export { readEnvironment } from './environment.ts'
export { isLoopbackUrl } from './loopback.ts'
export { MASTER_KEY, MASTER_KEY_RULE } from './master-key.ts'
export type { SandboxConfig } from './sandbox.ts'
export { SETTINGS, type SettingInfo, type SettingName } from './settings.ts'
export type { Config, DiceBearConfig, OAuthProviderConfig, ProviderSource, Role, TheCatApiConfig } from './tree.ts'
