/** Pages and answers about the server itself: assets, health, privacy, problems. No feature. */
export { assetRoute, type BuiltAssets, readAssets } from './assets.ts'
export { healthRoutes } from './health.ts'
export { privacyRoute } from './privacy.ts'
export { problemRoutes } from './problems.ts'
