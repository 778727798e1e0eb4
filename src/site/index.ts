/** Pages and answers about the server itself: assets, health, metrics, privacy, problems. No feature. */
export { assetRoute, type BuiltAssets, readAssets } from './assets.ts'
export { SITE_PROBLEMS } from './errors.ts'
export { healthRoutes } from './health.ts'
export { createMetrics, type GatewayRequest, type Metrics } from './metrics.ts'
export { metricsRoute } from './metrics-route.ts'
export { privacyRoute } from './privacy.ts'
export { problemRoutes } from './problems.ts'
