import { z } from 'zod'

/** Any JSON. */
export const json = z.json().meta({ id: 'Json' })
