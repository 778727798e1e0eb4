/** Codes of this room. */
export const SITE_PROBLEMS = {
  metrics_token_needed: { status: 401, title: 'The token of METRICS is needed' },
} as const
