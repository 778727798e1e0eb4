import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** What is counted of a request that went through the gateway. */
export type GatewayRequest = {
  readonly route: string | undefined
  readonly method: string
  readonly outcome: string
  readonly status: number | undefined
  readonly code: string | undefined
  readonly seconds: number
}

export type Metrics = {
  gatewayRequest(request: GatewayRequest): void
  /** In the text format of Prometheus, and its media type. */
  read(): Promise<{ readonly text: string; readonly type: string }>
}

/** Of a request through the gateway: from 1 ms, half of what one costs without an upstream, to the usual time-out. */
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
/** RFC 9110 §9, RFC 5789; every other name is one series, so that callers cannot make more. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'CONNECT', 'TRACE'])

/** Counters of this process. @param gateway asked at each reading */
export function createMetrics(gateway: { routes(): number; problems(): number }): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const requests = new Counter({
    ...{
      name: 'trivet_gateway_requests_total',
      help: 'Requests to routes of the gateway, by how they ended.',
      registers,
    },
    labelNames: ['route', 'method', 'status', 'outcome'] as const,
  })
  const refusals = new Counter({
    ...{ name: 'trivet_gateway_refusals_total', help: 'Answers of the gateway’s own, by problem code.', registers },
    labelNames: ['route', 'code'] as const,
  })
  const seconds = new Histogram({
    ...{
      name: 'trivet_gateway_request_seconds',
      help: 'From the head of a request to the end of its answer.',
      registers,
    },
    labelNames: ['route'] as const,
    buckets: SECONDS,
  })
  gauge('trivet_gateway_routes', 'Routes in force, the one that comes with Trivet included.', gateway.routes)
  gauge('trivet_gateway_file_problems', 'What is wrong with trivet.yaml; above 0 the routes before it are used.', () =>
    gateway.problems(),
  )

  function gauge(name: string, help: string, now: () => number): void {
    new Gauge({
      ...{ name, help, registers },
      collect() {
        this.set(now())
      },
    })
  }

  return {
    gatewayRequest({ route = '', method, outcome, status, code, seconds: took }) {
      const known = METHODS.has(method) ? method : 'other'
      requests.inc({ route, method: known, outcome, status: String(status ?? '') })
      if (code !== undefined) refusals.inc({ route, code })
      seconds.observe({ route }, took)
    },
    read: async () => ({ text: await registry.metrics(), type: registry.contentType }),
  }
}
