import { type Mashup, mashup } from '../definition/mashup.ts'

/**
 * A mash-up that two processes know: what each does at a step is its own affair. Its version is fixed, because the same
 * source reads differently after different compilers.
 */
export function relay(runner: (step: 'first' | 'second', key: string) => unknown): Mashup {
  const declared = mashup('relay', {
    title: 'A relay',
    summary: '',
    path: '/relay',
    action: 'run',
    submit: 'Run',
    running: 'Running',
    again: 'Run again',
    form: {},
    connect: {},
    use: {},
    steps: ['first', 'second'],
    async run({ step }) {
      const first = await step('first', ({ key }) => runner('first', key))
      const second = await step('second', ({ key }) => runner('second', key))
      return { title: `${first}, then ${second}` }
    },
  })
  return { ...declared, version: 'relay-1' }
}
