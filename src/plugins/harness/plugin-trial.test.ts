// Plug-ins on trial: what their authors see of sessions, messages and mistakes is what the server would make of them.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TrialOptions } from '../../contract/plugin-trial.ts'
import { PluginHome, type TestPlugin } from '../../../testkit/plugin-home.ts'
import { PluginTrial } from './plugin-trial.ts'
import { readSteps, usualSteps } from './steps.ts'

/** Long enough for any machine. */
const PATIENT = { budget: '60s' }

interface Around {
  readonly trial: PluginTrial
  readonly folder: string
}

async function withTrial(
  plugin: Omit<TestPlugin, 'name' | 'entry'>,
  run: (around: Around) => Promise<void>,
  more: Partial<TrialOptions> = {},
): Promise<void> {
  await using home = new PluginHome()
  home.add({ name: 'a', ...plugin })
  const folder = join(home.folder, 'plugins', 'a')
  await using trial = await PluginTrial.start({ folder, ...PATIENT, ...more })
  await run({ trial, folder })
}

test('every hook of a session is told what a server tells, and what it answers is what the client reads', async () => {
  const hooks = ['connect', 'auth', 'from', 'recipient', 'data', 'received', 'complete', 'reset', 'closed']
  const code = `connect: () => ({ action: 'continue', text: 'welcome' }),
    auth: ({ user }) => user === 'bad' ? { action: 'refuse', code: 535, enhanced: '5.7.8' } : undefined,
    from: ({ sender }) => sender.startsWith('bad') ? { action: 'refuse', code: 553, enhanced: '5.1.8', text: 'not you' } : undefined,
    recipient: ({ recipient }) => recipient.startsWith('later') ? { action: 'defer' } : undefined,
    data: () => undefined,
    received: ({ client, account }, { log }) => { log.info([client.helo, client.user, client.protocol, account].join()) },
    complete: ({ message }) => ({ action: 'continue', text: 'kept as ' + message }), reset() {}, closed() {}`
  await withTrial({ hooks, code }, async ({ trial }) => {
    const session = await trial.session({ address: '192.0.2.7' })
    assert.equal(session.greeting.text, '220 welcome')
    await session.hello('c.example')
    assert.deepEqual(
      [(await session.auth('bad')).outcome, (await session.auth('shop', 1005)).text],
      ['refused', '235 2.7.0 Authentication successful.'],
    )
    assert.equal((await session.from('bad@example.com')).text, '553 5.1.8 not you')
    assert.equal((await session.recipient('b@example.net')).text, '503 5.5.1 Send MAIL first.')
    assert.equal((await session.from('a@example.com')).outcome, 'ok')
    assert.deepEqual(
      (await session.reset()).calls.map(({ hook }) => hook),
      ['reset'],
    )
    await session.from('a@example.com')
    const later = await session.recipient('later@example.net')
    assert.deepEqual([later.outcome, later.text], ['deferred', '451 4.7.1 Deferred by a. Try again later.'])
    await session.recipient('b@example.net')
    const message = await session.message('Subject: x\n\nhello')
    assert.equal(message.outcome, 'accepted')
    assert.match(message.text, /^250 2\.6\.0 kept as \d{16}$/)
    assert.deepEqual(message.mail?.recipients, ['b@example.net'])
    assert.equal(Buffer.from(message.mail?.octets ?? []).toString(), 'Subject: x\r\n\r\nhello\r\n')
    assert.deepEqual(
      message.calls.map(({ hook }) => hook),
      ['data', 'received', 'complete'],
    )
    await session.close()
    assert.equal(trial.calls.at(-1)?.hook, 'closed')
    assert.deepEqual(trial.lines, [{ level: 'info', text: 'c.example,shop,ESMTPA,1005' }])
    assert.deepEqual(trial.problems, [])
  })
})

test('a message is changed, held, ignored, refused and cut off as the server does it', async () => {
  const code = `received: async (event) => {
      const answer = JSON.parse(event.header.find(({ name }) => name === 'Subject').value)
      return answer.echo ? { action: 'accept', changes: { body: Buffer.concat([Buffer.from('read: '), await event.wholeBody()]) } } : answer }`
  await withTrial({ hooks: ['received'], code }, async ({ trial }) => {
    const send = (answer: object) => trial.send({ message: `Subject: ${JSON.stringify(answer)}\n\nhello\n` })
    const changes = {
      header: [{ kind: 'add', name: 'X-Seen', value: 'yes' }],
      sender: '',
      addRecipients: ['c@example.org'],
      removeRecipients: ['RECIPIENT@example.net'],
      account: 1009,
    }
    const { mail } = await send({ action: 'accept', changes })
    assert.deepEqual([mail?.sender, mail?.recipients, mail?.account], ['', ['c@example.org'], 1009])
    assert.deepEqual(mail?.header.at(-1), { name: 'X-Seen', value: 'yes' })
    assert.equal((await send({ echo: true })).mail?.body, 'read: hello\r\n')
    const held = await send({ action: 'hold', reason: 'odd' })
    assert.deepEqual([held.outcome, held.reason, held.mail?.body], ['held', 'odd', 'hello\r\n'])
    const ignored = await send({ action: 'ignore' })
    assert.deepEqual([ignored.outcome, ignored.mail], ['ignored', null])
    assert.match(ignored.text, /^250 /)
    assert.equal((await send({ action: 'accept', changes: { removeRecipients: ['recipient@example.net'] } })).outcome, 'ignored')
    assert.equal((await send({ action: 'refuse', text: 'spam' })).text, '550 5.7.1 spam')
    assert.equal((await send({ action: 'disconnect' })).outcome, 'disconnected')
    assert.deepEqual(trial.problems, [])
    assert.equal((await send({ action: 'accept', changes: { addRecipients: ['no address'] } })).outcome, 'deferred')
    assert.match(trial.problems[0] ?? '', /a filter named "no address", which is no address/)
  })
})

test('who may not relay is told so, and a plug-in that says whose mail it is changes that', async () => {
  const code = "from: ({ client }) => client.address === '192.0.2.9' ? { action: 'relay', account: 1001 } : undefined, recipient() {}"
  await withTrial({ hooks: ['from', 'recipient'], code }, async ({ trial }) => {
    const refused = await trial.send({ client: { address: '192.0.2.8', account: null }, message: 'x' })
    assert.match(refused.text, /^550 5\.7\.1 Relaying denied/)
    assert.deepEqual(
      refused.calls.map(({ hook }) => hook),
      ['from'],
    )
    const taken = await trial.send({ client: { address: '192.0.2.9', account: null }, message: 'x' })
    assert.deepEqual([taken.outcome, taken.mail?.account], ['accepted', 1001])
  })
})

test('mail that comes by no session is told to the hooks of messages alone, and accounts are those of its entry', async () => {
  const code = "connect: () => ({ action: 'refuse' }), received: () => ({ action: 'ignore' })"
  const plugin = { hooks: ['connect', 'received'], code }
  await withTrial(
    plugin,
    async ({ trial }) => {
      assert.equal((await trial.send({ client: { protocol: 'HTTP', account: 1001 }, message: 'x' })).outcome, 'ignored')
      assert.equal((await trial.send({ client: { protocol: 'HTTP', account: 1002 }, message: 'x' })).outcome, 'accepted')
      assert.equal(trial.calls.length, 1)
    },
    { accounts: [1001] },
  )
})

test('what goes wrong is told: throwing, looping, ending, nonsense, and hooks that nobody waits for', async () => {
  const code = `from: ({ sender }) => {
      if (sender.startsWith('throws')) throw new Error('oh')
      if (sender.startsWith('ends')) process.exit(3)
      if (sender.startsWith('nonsense')) return { action: 'dance' }
      if (sender.startsWith('loops')) for (;;); },
    closed: () => { throw new Error('at the end') }`
  await withTrial(
    { hooks: ['from', 'closed'], code },
    async ({ trial }) => {
      for (const [sender, how] of [
        ['throws', 'threw'],
        ['nonsense', 'nonsense'],
        ['ends', 'gone'],
        ['loops', 'late'],
      ] as const) {
        const session = await trial.session()
        const said = await session.from(`${sender}@example.com`)
        assert.equal(said.text, '451 4.3.0 A filter of this server failed. Try again later.')
        assert.equal(said.calls[0]?.failed?.how, how)
        const [closed] = (await session.close()).calls
        assert.match(closed?.failed?.reason ?? '', /^Error: at the end/)
      }
      // One that fell is there again for the next step.
      const session = await trial.session()
      assert.equal((await session.from('fine@example.com')).outcome, 'ok')
    },
    { budget: '3s', on_failure: 'defer' },
  )
})

test('a script is taken step by step, and says where something else came than was expected', async () => {
  const code = "recipient: ({ recipient }) => recipient.startsWith('gone') ? { action: 'disconnect', text: 'bye' } : undefined"
  await withTrial({ hooks: ['recipient'], code }, async ({ trial, folder }) => {
    writeFileSync(join(folder, 'mail.eml'), 'Subject: x\r\n\r\nhello\r\n')
    const script = [
      { connect: { address: '192.0.2.1', account: 1003 } },
      { hello: 'c.example' },
      { from: 'a@example.com', expect: 250 },
      { recipient: 'b@example.net', expect: '250 2.1.5' },
      { message: { file: 'mail.eml' }, expect: 'held' },
      { from: 'a@example.com' },
      { recipient: 'gone@example.net', expect: '421' },
      { recipient: 'b@example.net' },
      { connect: '192.0.2.2' },
      'close',
    ]
    const done = await trial.run(readSteps(script, folder))
    assert.deepEqual(
      done.map(({ outcome, missed }) => [outcome, missed]),
      [
        ['ok', null],
        ['ok', null],
        ['ok', null],
        ['ok', null],
        ['accepted', 'held'],
        ['ok', null],
        ['disconnected', null],
        [null, null],
        ['ok', null],
        ['disconnected', null],
      ],
    )
    assert.equal(done[4]?.mail?.account, 1003)
    assert.ok((await trial.run(usualSteps(trial.hooks))).every(({ missed }) => missed === null))
    assert.throws(() => readSteps({}, folder), /A script is a list of steps/)
    assert.throws(() => readSteps([{ fly: 1 }], folder), /Step 1 is none of connect, hello/)
    assert.throws(() => readSteps(['close', { from: 'a@b.example', colour: 1 }], folder), /Step 2 \(from\) has "colour"/)
    assert.throws(() => readSteps([{ auth: 'x', account: 'y' }], folder), /account of step 1 is a whole number/)
    assert.throws(() => readSteps([{ message: 5 }], folder), /The message of step 1 is its text/)
  })
})

test('deliveries, notices and lines are asked and told as the server does it, with made events', async () => {
  const hooks = ['domainStart', 'mxStart', 'deferring', 'sent', 'failed', 'bounce', 'postFailed', 'protocol']
  const code = `domainStart: ({ domain, rule }) => domain === 'closed.example'
      ? { action: 'defer', wait: 60000, text: 'closed' }
      : { action: 'continue', rule: { messages_per_hour: rule.messages_per_hour * 2, pool: 'b' } },
    mxStart: ({ host, rule }) => host === 'bad' ? { action: 'continue', rule: { tls: 'much' } } : host === 'worse' ? { action: 'fail', text: 'never' } : undefined,
    deferring: ({ reply }) => reply.text === 'full' ? { action: 'fail', text: 'give up' } : undefined,
    sent: ({ account, id }) => { if (id === 'bad') throw new Error('not now') },
    failed: ({ recipient }, { log }) => log.info(recipient), postFailed: ({ recipient }, { log }) => log.info(recipient), bounce() {},
    protocol: ({ lines, dropped }, { log }) => log.info(lines[0].text + dropped)`
  await withTrial(
    { hooks, code },
    async ({ trial }) => {
      assert.deepEqual((await trial.event('domainStart', { rule: { messages_per_hour: 50 } })).rule, { messages_per_hour: 100, pool: 'b' })
      const closed = await trial.event('domainStart', { domain: 'closed.example' })
      assert.deepEqual([closed.outcome, closed.wait, closed.text], ['deferred', 60_000, 'Plug-in a puts it off: closed'])
      assert.deepEqual((await trial.event('mxStart')).outcome, 'ok')
      assert.equal((await trial.event('mxStart', { host: 'worse' })).outcome, 'failed')
      assert.equal((await trial.event('deferring')).outcome, 'deferred')
      const given = await trial.event('deferring', { reply: { code: 452, enhanced: null, text: 'full' } })
      assert.deepEqual([given.outcome, given.text], ['failed', 'Plug-in a gave it up: give up'])
      for (const [hook, event] of [
        ['sent', {}],
        ['failed', {}],
        ['postFailed', {}],
        ['protocol', { dropped: 3 }],
      ] as const)
        assert.equal((await trial.event(hook, event)).outcome, 'ok')
      assert.deepEqual(
        trial.lines.map(({ text }) => text),
        ['recipient@example.com', 'post@https://app.example.com/mail', '220 mx.example.net ESMTP3'],
      )
      // It has no such hook, and nobody asks it.
      assert.deepEqual((await trial.event('open')).calls, [])
      assert.deepEqual(trial.problems, [])
      const wrong = await trial.event('mxStart', { host: 'bad' })
      assert.deepEqual([wrong.outcome, wrong.calls[0]?.failed?.how], ['deferred', 'nonsense'])
      assert.equal((await trial.event('sent', { id: 'bad' })).outcome, 'again')
      const done = await trial.run(
        readSteps([{ event: 'mxStart', with: { host: 'worse' }, expect: 'failed' }, ...usualSteps(trial.hooks)], '.'),
      )
      assert.deepEqual(
        done.map(({ step }) => step),
        ['mxStart', ...hooks].map((hook) => `event ${hook}`),
      )
      assert.equal(done[0]?.missed, null)
      assert.throws(() => readSteps([{ event: 'sending' }], '.'), /The event of step 1 is none of domainStart, mxStart/)
    },
    { on_failure: 'defer' },
  )
})

test('one that the server would not run says why', async () => {
  const code =
    "import { z } from 'zod'\nexport default { name: 'a', apiVersion: 1, settings: z.object({ most: z.number() }), hooks: { connect() {} } }"
  const started = withTrial({ hooks: ['connect'], code }, async () => undefined, { settings: { most: 'x' } })
  await assert.rejects(started, /The plug-in a does not start: Its settings are wrong: most: /)
  await assert.rejects(async () => PluginTrial.start({ folder: '/nowhere/at/all' }), /There is no folder \/nowhere\/at\/all/)
})

test('TypeScript is taken as it is; what is more than types is said in a sentence', async () => {
  await using home = new PluginHome()
  const rest = "export default { name: 'a', apiVersion: 1, hooks: { connect() {} } }"
  const trouble = async (text: string): Promise<string> => {
    home.add({ name: 'a', hooks: ['connect'], code: rest })
    const folder = join(home.folder, 'plugins', 'a')
    writeFileSync(join(folder, 'index.ts'), text)
    writeFileSync(join(folder, 'types.ts'), 'export interface Wanted { readonly text: string }\nexport const text: string = "typed"\n')
    const manifest = { name: 'a', version: '1.0.0', type: 'module', main: 'index.ts', hms: { api: 1, hooks: ['connect'] } }
    writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
    try {
      await using trial = await PluginTrial.start({ folder, ...PATIENT })
      return (await trial.session()).greeting.text
    } catch (error) {
      return (error as Error).message
    }
  }
  const typed = `import { definePlugin, type SessionEvent, type StepAnswer } from '@hurricane-mta/plugin'
    import { text, type Wanted } from './types.ts'
    const wanted = { text } satisfies Wanted
    const answer = (event: SessionEvent): StepAnswer => ({ action: 'continue', text: wanted.text + event.session })
    export default definePlugin({ name: 'a', apiVersion: 1, hooks: { connect: answer } })`
  assert.equal(await trouble(typed), '220 typed1')
  assert.match(
    await trouble(`\nenum Colour { red }\n${rest}`),
    /does not start: index\.ts, line 2 has TypeScript that is more than types \(enum\)\. .* write an object with 'as const'/,
  )
  assert.match(await trouble(`namespace N { export const n = 1 }\n${rest}`), /line 1 .*namespace.*a module of its own/)
  assert.match(await trouble(`class C { constructor(readonly n: number) {} }\n${rest}`), /parameter property.*write a field/)
  assert.match(await trouble(`const x: = 1\n${rest}`), /index\.ts, line 1 is no TypeScript: /)
  assert.match(
    await trouble(`const made = (it) => it\n@made class A {}\n${rest}`),
    /cannot be read: .*node --check FILE.*Decorators are not taken/,
  )
  assert.match(await trouble(`import { Wanted } from './types.ts'\n${rest}`), /write import type \{ Wanted \} from '\.\/types\.ts'/)
  assert.match(
    await trouble(`import { text } from './types'\n${rest}`),
    /index\.ts imports types, which is not there\. Imports name files with their endings/,
  )
  assert.match(await trouble(`import pad from 'left-pad'\n${rest}`), /run 'npm install left-pad' in its folder/)
})
