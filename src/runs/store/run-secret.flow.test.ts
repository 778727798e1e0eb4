import { afterAll, beforeAll, expect, it } from 'vitest'
import { Secret } from '#base'
import { createRig, type Rig } from '../testing/rig.fixture.ts'
import { createScript } from '../testing/script.fixture.ts'
import { loadRunSecret, saveRunSecret } from './run-secret.ts'

let rig: Rig
const script = createScript()
beforeAll(async () => {
  rig = await createRig({ mashups: [script.mashup] })
  rig.accounts.connect(rig.ownerId, 'ana@parcel.example')
})
afterAll(() => rig.close())

const SESSION = 'https://upload.example/session?upload_id=s3cr3t-4711'
const start = () => rig.start({ mashup: script.mashup, input: { to: 'Oslo' } })

it('a secret of a step is there for its next try, and in no row of ours or of the engine', async () => {
  const loaded: (string | undefined)[] = []
  let stored = ''
  script.play({
    async send({ sender: { tools } }) {
      loaded.push(await tools.secrets.load('session'))
      await tools.secrets.save('session', 'https://upload.example/an-earlier-one')
      await tools.secrets.save('session', SESSION)
      loaded.push(await tools.secrets.load('session'))
      loaded.push(await tools.secrets.load('another name'))
      stored = await rig.everythingStored()
    },
  })
  const { id } = await start()
  await rig.becomes(id, 'succeeded')
  expect(loaded).toEqual([undefined, SESSION, undefined])
  expect(await rig.tables.selectFrom('run_secret').select('name').where('run_id', '=', id).execute()).toEqual([
    { name: 'session' },
  ])
  for (const dump of [stored, await rig.everythingStored(), rig.logged()]) {
    expect(dump).not.toContain('s3cr3t-4711')
    expect(dump).not.toContain(Buffer.from(SESSION).toString('base64'))
  }
  // The dump does see what is stored.
  expect(stored).toContain(id)
  expect(stored).toContain('session')
})

it('it is bound to its run, name and owner: moved to another row it does not open', async () => {
  script.play({})
  const [mine, other] = [await start(), await start()]
  const place = { runId: mine.id, name: 'session' }
  await saveRunSecret(rig.tables, rig.envelope, { ...place, value: new Secret(SESSION) })
  expect((await loadRunSecret(rig.tables, rig.envelope, place))?.reveal()).toBe(SESSION)
  await rig.execute(`insert into trivet.run_secret (run_id, name, sealed)
    select '${other.id}', 'session', sealed from trivet.run_secret where run_id = '${mine.id}'`)
  await expect(loadRunSecret(rig.tables, rig.envelope, { ...place, runId: other.id })).rejects.toThrow()
  const stranger = await rig.test.guest()
  await rig.execute(`update trivet.run set owner_id = '${stranger.ownerId}' where id = '${mine.id}'`)
  await expect(loadRunSecret(rig.tables, rig.envelope, place)).rejects.toThrow()
})

it('it goes with its run', async () => {
  script.play({})
  const { id } = await start()
  await rig.becomes(id, 'succeeded')
  const place = { runId: id, name: 'session' }
  await saveRunSecret(rig.tables, rig.envelope, { ...place, value: new Secret(SESSION) })
  await rig.execute(`delete from trivet.run where id = '${id}'`)
  expect(await loadRunSecret(rig.tables, rig.envelope, place)).toBeUndefined()
})
