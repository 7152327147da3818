// The console over the management API: a real process for each line, a viewer, an operator, an administrator of one account, and who tries to get
// at the files of the machine by it.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { AccountId } from '../../base/brand.ts'
import { machineClock, systemClock } from '../../base/clock.ts'
import { Fault } from '../../base/fault.ts'
import { jsonLog } from '../../base/log.ts'
import type { Principal } from '../../contract/access.ts'
import type { ConsoleAnswer, ConsoleCommand } from '../../contract/console.ts'
import { installation } from '../../../testkit/installation.ts'
import { principal, serveApi, type Told } from '../../../testkit/management.ts'
import { until } from '../../../testkit/patience.ts'
import { ConsoleProcesses } from './console-room.ts'

interface Around {
  readonly type: (line: string, key?: string) => Promise<ConsoleAnswer>
  readonly call: (what: string, given?: { readonly key?: string; readonly body?: unknown }) => Promise<Told>
  readonly callers: Map<string, Principal>
  readonly ours: AccountId
}

async function withConsole(use: (around: Around) => Promise<void>): Promise<void> {
  using made = installation()
  using console = new ConsoleProcesses(
    machineClock,
    jsonLog('test', 'error', (line) => process.stderr.write(line)),
  )
  const callers = new Map<string, Principal>([
    ['owner', principal()],
    ['viewer', principal({ name: 'vic', role: 'viewer' })],
  ])
  await using api = await serveApi(made.operations, callers, {}, console)
  const account = async (name: string): Promise<AccountId> =>
    ((await api.call('POST /accounts', { body: { name } })).body as { account: { id: AccountId } }).account.id
  const ours = await account('Ours')
  await account('Theirs')
  callers.set('tenant', principal({ name: 'tom', role: 'administrator', account: ours }))
  const type: Around['type'] = async (line, key = 'owner') => {
    const told = await api.call('POST /me/console', { key, body: { line } })
    assert.equal(told.status, 200, told.text)
    return told.body
  }
  await use({ type, call: api.call, callers, ours })
}

test('a line does what hms does, with its words, its exit codes and its help', () =>
  withConsole(async ({ type, call }) => {
    const added = await type('hms account add \'Shop of "Ann"\'')
    assert.equal(added.code, 0, added.text)
    const listed = await type('account ls --json')
    assert.match(listed.text, /"name":"Shop of \\"Ann\\""/)
    const { data } = (await call('GET /audit')).body as { data: readonly { by: string; action: string }[] }
    assert.ok(
      data.some(({ by, action }) => by === 'ann' && action.includes('account')),
      JSON.stringify(data[0]),
    )
    assert.match((await type('hms')).text, /Usage: hms/)
    assert.match((await type('help queue ls')).text, /--domain <name>/)
    assert.match((await type('suppression lists')).text, /\S/)
    const wrong = await type('queue lss')
    assert.deepEqual([wrong.code, wrong.isCut], [64, false], wrong.text)
    assert.match((await type('account show 4711')).text, /^hms: .*4711/)
  }))

test('the commands tell what can be typed, and name no file', () =>
  withConsole(async ({ call }) => {
    const { data } = (await call('GET /me/console/commands')).body as { data: readonly ConsoleCommand[] }
    const words = data.map((one) => one.words)
    assert.ok(words.includes('queue ls') && words.includes('rules explain'), words.join(', '))
    for (const name of [
      'start',
      'init',
      'apply',
      'backup',
      'restore',
      'config set',
      'log',
      'dkim import',
      'assemble',
      'suppression import',
    ])
      assert.ok(!words.includes(name), name)
    const named = data
      .flatMap(({ options }) => options)
      .filter(({ flags }) => /file|dir|folder|path\b/i.test(flags.replace('--return-path', '')))
    assert.deepEqual(named, [])
  }))

test('a viewer sees, and changes nothing; who is less meanwhile does less', () =>
  withConsole(async ({ type, callers }) => {
    assert.equal((await type('account ls', 'viewer')).code, 0)
    for (const line of ['account add Mine', 'queue hold --all --yes', 'user add eve --role owner', 'key add all --role owner', 'audit']) {
      const refused = await type(line, 'viewer')
      assert.notEqual(refused.code, 0, line)
      assert.match(refused.text, /This takes the role of/, line)
    }
    callers.set('key', principal({ kind: 'key', name: 'key:k', scopes: ['accounts:read'] }))
    assert.equal((await type('account ls', 'key')).code, 0)
    assert.match((await type('queue ls', 'key')).text, /scope queue:read/)
    assert.match((await type('account add Mine', 'key')).text, /scope accounts:write/)
  }))

test('what asks for a fresh proof asks for it here, too', () =>
  withConsole(async ({ type, callers }) => {
    const line = 'user add eve --role viewer'
    assert.match((await type(line)).text, /This takes a login or a password of the last 10 minutes/)
    callers.set('proved', principal({ name: 'pat', proved: systemClock.now() }))
    // Nobody of that name is in the book of users here, which is the next thing that is looked at.
    assert.match((await type(line, 'proved')).text, /Whoever asks is not there any more/)
  }))

test('an administrator of one account sees and steers what is its own', () =>
  withConsole(async ({ type, ours }) => {
    const seen = JSON.parse((await type('account ls --json', 'tenant')).text) as readonly { id: AccountId }[]
    assert.deepEqual(
      seen.map(({ id }) => id),
      [ours],
    )
    assert.match((await type('account show 1000', 'tenant')).text, /no such thing|not yours/)
    assert.match((await type('account add Another', 'tenant')).text, /Users and keys of one account may not/)
    assert.equal((await type('queue ls', 'tenant')).code, 0)
    assert.match((await type('queue ls --account 1000', 'tenant')).text, /not the account of this user/)
    assert.match((await type('queue release --all --yes', 'tenant')).text, /may not/)
    assert.match((await type('rules ls', 'tenant')).text, /may not/)
  }))

test('users of accounts leave room for lines of whoever runs the server', async () => {
  using console = new ConsoleProcesses(
    machineClock,
    jsonLog('test', 'error', (line) => process.stderr.write(line)),
  )
  const asked: string[] = []
  const answer = Promise.withResolvers<never>()
  const run = (by: string, account: number | null) =>
    console.run({
      line: 'status',
      width: 110,
      by,
      account: account as AccountId | null,
      call: () => {
        asked.push(by)
        return answer.promise
      },
    })
  const running = [run('a', 1000), run('b', 1000)]
  await assert.rejects(run('c', 1000), { code: 'too-many-calls' })
  running.push(run('d', 1001))
  await assert.rejects(run('e', 1002), { code: 'api-busy' })
  running.push(run('ann', null))
  await assert.rejects(run('bob', null), { code: 'api-busy' })
  await until(() => asked.length === 4)
  answer.reject(new Fault('no', 'No.', { blame: 'caller' }))
  for (const { failure } of await Promise.all(running)) assert.equal(failure, 'no')
})

test('no line reads or writes a file, starts a process or names another home', () =>
  withConsole(async ({ type }) => {
    const folder = mkdtempSync(join(tmpdir(), 'console-'))
    const secret = join(folder, 'secret.txt')
    writeFileSync(secret, 'the very secret words')
    const lines = [
      `apply --file ${secret}`,
      `template add welcome --html ${secret} --text ${secret} --subject x`,
      `template preview 1 --data ${secret}`,
      `dkim import example.com s1 ${secret}`,
      `suppression import all ${secret}`,
      `rules update ${secret}`,
      `assemble ${secret}`,
      `kept show 1000 5n8r3d0000000042 --raw ${join(folder, 'new')}`,
      `account tracking 1000 --words ${secret}`,
      `account tracking 1000 --words=${secret}`,
      `classify ${secret}`,
      `bounce explain ${secret}`,
      `domain complaints import example.com ${secret}`,
      `status --home ${folder}`,
      `--home=${folder} status`,
      `log 1000 --day ../../secret`,
      'config set smtp.listen 0.0.0.0:25',
      'start',
      'backup',
      `status > ${join(folder, 'new')}`,
      '$(id)',
    ]
    for (const line of lines) {
      const { text, code } = await type(line)
      assert.notEqual(code, 0, `${line}: ${text}`)
      assert.ok(!text.includes('very secret'), line)
      assert.doesNotMatch(text, /bug in hms/, line)
    }
    assert.throws(() => readFileSync(join(folder, 'new')), /ENOENT/)
  }))
