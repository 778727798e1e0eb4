import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { makeFolder } from '../testing/index.ts'
import { openStore } from './index.ts'

type Row = { value: number }

async function reopen(dir: string, use: (store: ReturnType<typeof openStore>) => void) {
  const store = openStore(dir)
  try {
    use(store)
  } finally {
    store.close()
  }
}

test('what was committed is there after opening again', async () => {
  const dir = await makeFolder()
  await reopen(dir, (store) => {
    const table = store.table<Row>('t')
    store.commit(table.put('a', { value: 1 }), table.put('b', { value: 2 }))
    store.commit(table.drop('a'), table.put('b', { value: 3 }))
    expect(table.entries()).toEqual([['b', { value: 3 }]])
  })
  await reopen(dir, (store) => expect(store.table<Row>('t').entries()).toEqual([['b', { value: 3 }]]))
})

test('a commit is on disk before it returns', async () => {
  const dir = await makeFolder()
  await reopen(dir, (store) => {
    store.commit(store.table<Row>('t').put('a', { value: 41 }))
    expect(readFileSync(join(dir, 'state.jsonl'), 'utf8')).toContain('"value":41')
  })
})

test('a line that was torn by a kill is a commit that never happened', async () => {
  const dir = await makeFolder()
  await reopen(dir, (store) => store.commit(store.table<Row>('t').put('a', { value: 1 })))
  appendFileSync(join(dir, 'state.jsonl'), '[["t","a",{"val')
  await reopen(dir, (store) => {
    expect(store.table<Row>('t').get('a')).toEqual({ value: 1 })
    store.commit(store.table<Row>('t').put('b', { value: 2 }))
  })
  await reopen(dir, (store) => expect(store.table<Row>('t').entries()).toHaveLength(2))
})

test('a rewrite that was killed before its rename changes nothing', async () => {
  const dir = await makeFolder()
  await reopen(dir, (store) => store.commit(store.table<Row>('t').put('a', { value: 1 })))
  writeFileSync(join(dir, 'state.jsonl.next'), '{"sandbox":1}\n')
  await reopen(dir, (store) => expect(store.table<Row>('t').has('a')).toBe(true))
})

test('clear keeps the tables it is told to keep', async () => {
  const dir = await makeFolder()
  await reopen(dir, (store) => {
    store.commit(store.table<Row>('t').put('a', { value: 1 }), store.table<Row>('key').put('k', { value: 2 }))
    store.clear(['key'])
  })
  await reopen(dir, (store) => {
    expect(store.table<Row>('t').values()).toEqual([])
    expect(store.table<Row>('key').values()).toEqual([{ value: 2 }])
  })
})

test('a file of something else is not overwritten', async () => {
  const dir = await makeFolder()
  writeFileSync(join(dir, 'state.jsonl'), 'my diary\n')
  expect(() => openStore(dir)).toThrow('is not a sandbox state file')
  expect(readFileSync(join(dir, 'state.jsonl'), 'utf8')).toBe('my diary\n')
})

test('closing takes the lock away', async () => {
  const dir = await makeFolder()
  await reopen(dir, () => expect(readdirSync(dir)).toContain('lock'))
  expect(readdirSync(dir)).not.toContain('lock')
})
