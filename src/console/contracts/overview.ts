import { z } from 'zod'
import type { Contract } from '#http'

const count = z.number().int()

export const readOverview = {
  id: 'readOverview',
  method: 'GET',
  path: '/api/admin/overview',
  group: 'Administration',
  callers: 'administrator',
  says: 'How many users and apps there are.',
  answer: {
    status: 200,
    says: 'Counts, as of now.',
    schema: z.strictObject({
      users: z.strictObject({ all: count, online: count, disabled: count, administrators: count }),
      clients: z.strictObject({ all: count, unverified: count, disabled: count }),
    }),
  },
} satisfies Contract
