import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { administer, build, type House } from '../faults/house.ts'
import { cli, repository, type Running } from '../harness/gateway.ts'

const cliFile = join(repository, 'scripts/cardea.ts')
let house: House
let gateway: Running | undefined
let copy: string

beforeAll(async () => {
  house = await build('http://127.0.0.1:9')
  copy = join(house.state, '../copies/daily')
  mkdirSync(join(copy, '..'))
})
afterAll(async () => {
  await gateway?.stop()
  house.remove()
})

const backup = (dir = copy) => cli('backup', dir, '--state', house.state)
const restore = (dir = copy) => cli('restore', dir, '--state', house.state)
const add = (id: string) => administer(gateway!.url, 'POST', '/consumers', { id })
const consumer = async (id: string) =>
  (await administer(gateway!.url, 'GET', `/consumers/${id}`))['status']

it('a back-up of a running gateway replaces the earlier one when it is whole', async () => {
  gateway = await house.start()
  expect(await backup()).toMatchObject({ code: 0, stderr: '' })
  const first = readFileSync(join(copy, 'backup.json'), 'utf8')
  await add('second')
  // what an interrupted one leaves
  mkdirSync(`${copy}.new/cardea-Registry`, { recursive: true })
  writeFileSync(`${copy}.new/cardea-Registry/half.sqlite`, 'half')
  expect(await backup()).toMatchObject({ code: 0, stderr: '' })
  expect(readFileSync(join(copy, 'backup.json'), 'utf8')).not.toBe(first)
  expect(readdirSync(join(copy, '..'))).toEqual(['daily'])
})

it('one that fails, as on a full disk, says so and leaves the earlier one', () => {
  const before = readFileSync(join(copy, 'backup.json'), 'utf8')
  const command = [cliFile, 'backup', copy, '--state', house.state]
  const limited = [
    '-c',
    'trap \'\' XFSZ; ulimit -f 16; exec "$0" "$@"',
    process.execPath,
    ...command,
  ]
  const { status, stderr } = spawnSync('sh', limited)
  expect([status, stderr.toString()]).toEqual([
    1,
    expect.stringMatching(
      /^'.+\.sqlite' could not be copied: .+\.\nThere is no new back-up; an earlier one is as it was\.\nMend that .+\n$/,
    ),
  ])
  expect(readFileSync(join(copy, 'backup.json'), 'utf8')).toBe(before)
})

it('is not restored below a running gateway', async () => {
  const { code, stderr } = await restore()
  expect([code, stderr]).toEqual([
    1,
    `A gateway runs with the state in '${house.state}/data'.\nIt would write into files that are no longer there.\nStop it, restore, start it.\n`,
  ])
})

it('restored, the gateway is as it was, and what stood there is kept aside', async () => {
  await add('third')
  await gateway!.stop()
  const { code, stdout } = await restore()
  expect(code).toBe(0)
  const aside = /What stood there is in (.+): remove/.exec(stdout)![1]!
  expect(existsSync(join(aside, 'cardea-Registry'))).toBe(true)
  gateway = await house.start()
  expect([await consumer('acme'), await consumer('second'), await consumer('third')]).toEqual([
    200, 200, 404,
  ])
})

it('neither writes over something else, nor restores what is not whole', async () => {
  const other = join(copy, '../other')
  mkdirSync(other)
  writeFileSync(join(other, 'thesis.txt'), 'mine')
  expect((await backup(other)).stderr).toBe(
    `'${other}' is there, and is no back-up.\nOnly an earlier back-up is replaced.\nName another folder.\n`,
  )
  expect(readdirSync(other)).toEqual(['thesis.txt'])
  expect((await restore(other)).stderr).toContain('is no back-up, or half of one.')
  const { files } = JSON.parse(readFileSync(join(copy, 'backup.json'), 'utf8')) as {
    files: string[]
  }
  writeFileSync(join(copy, files[0]!), 'not a database')
  expect((await restore()).stderr).toContain('is not a whole database.')
  rmSync(join(copy, 'backup.json'))
  expect((await restore()).stderr).toContain('is no back-up, or half of one.')
  const empty = await cli('backup', join(copy, '../empty'), '--state', join(copy, '../nothing'))
  expect([empty.code, empty.stderr.split(' in ')[0]]).toEqual([1, 'There is no state'])
})
