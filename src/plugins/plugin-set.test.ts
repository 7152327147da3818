// Plug-ins in processes of their own: what they are told and answer, what they may not, and what becomes of one that throws, hangs, dies,
// eats memory or talks nonsense.
import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { getPriority } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { every, machineClock } from '../base/clock.ts'
import { until } from '../../testkit/patience.ts'
import { PluginHome } from '../../testkit/plugin-home.ts'
import type { PluginSet } from './plugin-set.ts'

function only(set: PluginSet) {
  const [runner] = set.runners
  assert.ok(runner !== undefined)
  return runner
}

/** Long enough for any machine; a test of lateness has its own. */
const PATIENT = { budget: '60s' }

async function answerOf(set: PluginSet, facts: object = {}, hook = 'connect') {
  const result = await only(set).call(hook, facts)
  return 'failed' in result ? `${result.failed}: ${result.reason.split('\n')[0]}` : result.answer
}

test('a plug-in is asked with its settings, its defaults among them, and answers', async () => {
  await using home = new PluginHome()
  const code = `import { definePlugin } from '@hurricane-mta/plugin'
    import { z } from 'zod'
    export default definePlugin({ name: 'a', apiVersion: 1,
      settings: z.object({ greeting: z.string().default('hello'), most: z.number() }),
      hooks: { connect: (event, { settings, log }) => { log.info('asked'); return { action: 'continue', text: settings.greeting + event.n + settings.most } } } })`
  home.add({ name: 'a', hooks: ['connect'], code, entry: { ...PATIENT, settings: { most: 3 } } })
  const set = await home.run()
  assert.equal(only(set).state, 'ready')
  const answers = await Promise.all(Array.from({ length: 3000 }, (_, n) => answerOf(set, { n })))
  assert.deepEqual(answers[2999], { action: 'continue', text: 'hello29993' })
  assert.equal(new Set(answers.map((answer) => JSON.stringify(answer))).size, 3000)
  assert.deepEqual((only(set).schema as { required?: unknown }).required, ['most'])
  assert.match(home.lines.join(''), /"message":"A plug-in says:","plugin":"a","text":"asked"/)
  assert.deepEqual(set.alerts(), [])
})

test('it sees an empty environment, its own folder, and nothing else', async () => {
  await using home = new PluginHome()
  const code = `import fs from 'node:fs'
    import net from 'node:net'
    const tries = {
      env: () => Object.keys(process.env).sort().join(),
      own: () => fs.readFileSync(new URL('./package.json', import.meta.url), 'utf8').length > 0,
      key: () => fs.readFileSync('/etc/passwd').length,
      home: () => fs.readdirSync(new URL('../../config', import.meta.url)),
      write: () => fs.writeFileSync(new URL('./x', import.meta.url), 'x'),
      spawn: async () => (await import('node:child_process')).execSync('true'),
      thread: async () => new (await import('node:worker_threads')).Worker('1', { eval: true }),
      kill: () => process.kill(process.ppid, 0),
      kill2: () => process._kill(process.ppid, 0),
      debug: () => process._debugProcess(process.pid),
      nice: async () => (await import('node:os')).setPriority(process.pid, 1),
      sqlite: async () => new (await import('node:sqlite')).DatabaseSync(':memory:').exec("attach '/tmp/x.db' as a"),
      sqlite2: () => process.getBuiltinModule('node:sqlite') ?? Promise.reject({ code: 'ERR_ACCESS_DENIED' }),
      udp: async () => (await import('node:dgram')).createSocket('udp4').bind(0),
      name: async () => (await import('node:dns')).lookup('example.invalid', () => {}),
      name2: async () => new (await import('node:dns/promises')).Resolver().resolve4('example.invalid'),
      binding: () => process.binding('pipe_wrap'),
      socket: () => new Promise((resolve, reject) => net.connect('/tmp/x.sock').on('error', reject).on('connect', resolve)),
      tcp: () => new Promise((resolve, reject) => net.connect(1, '127.0.0.1').on('error', reject).on('connect', resolve)),
      web: () => fetch('http://127.0.0.1:4711/').catch((error) => { throw error.cause }),
      listen: () => net.createServer().listen(0),
    }
    export default { name: 'a', apiVersion: 1, hooks: { connect: async ({ what }) => {
      try { return { what: await tries[what]() } } catch (error) { return { what: error.code ?? error.message } }
    } } }`
  home.add({ name: 'a', hooks: ['connect'], code, entry: PATIENT })
  const set = await home.run()
  const tried: Record<string, unknown> = {}
  for (const what of [
    'env',
    'own',
    'key',
    'home',
    'write',
    'spawn',
    'thread',
    'kill',
    'kill2',
    'debug',
    'nice',
    'sqlite',
    'sqlite2',
    'udp',
    'name',
    'name2',
    'binding',
    'socket',
    'tcp',
    'web',
    'listen',
  ])
    tried[what] = ((await answerOf(set, { what })) as { what: unknown }).what
  const denied = 'ERR_ACCESS_DENIED'
  const { env, ...rest } = tried
  assert.match(String(env), /^(?:OLDPWD,)?(?:PATH,)?(?:PWD,)?(?:SHLVL,)?TZ(?:,_)?$/)
  assert.deepEqual(rest, {
    own: true,
    key: denied,
    kill2: denied,
    debug: denied,
    nice: denied,
    sqlite: 'ERR_UNKNOWN_BUILTIN_MODULE',
    sqlite2: denied,
    udp: denied,
    name: denied,
    name2: denied,
    home: denied,
    write: denied,
    spawn: denied,
    thread: denied,
    kill: denied,
    binding: denied,
    socket: denied,
    tcp: denied,
    web: denied,
    listen: denied,
  })
})

test('one that asks for the network has it, and Unix sockets not', async () => {
  await using home = new PluginHome()
  const code = `import net from 'node:net'
    const code = (to) => new Promise((resolve) => net.connect(to).on('error', (error) => resolve({ code: error.code })))
    export default { name: 'a', apiVersion: 1, hooks: { connect: ({ to }) => code(to) } }`
  home.add({ name: 'a', hooks: ['connect'], code, network: true, entry: PATIENT })
  const set = await home.run()
  assert.deepEqual(await answerOf(set, { to: { port: 1, host: '127.0.0.1' } }), { code: 'ECONNREFUSED' })
  assert.deepEqual(await answerOf(set, { to: { path: '/run/x.sock' } }), { code: 'ERR_ACCESS_DENIED' })
})

test('one that throws or rejects fails that call alone', async () => {
  await using home = new PluginHome()
  home.add({
    name: 'a',
    hooks: ['connect'],
    code: "connect: ({ bad }) => { if (bad) throw new Error('oh') ; return { ok: true } }",
    entry: PATIENT,
  })
  const set = await home.run()
  const pid = only(set).pid
  assert.match(String(await answerOf(set, { bad: true })), /^threw: Error: oh/)
  assert.deepEqual(await answerOf(set), { ok: true })
  assert.equal(only(set).pid, pid)
  assert.equal(only(set).counts.failed, 1)
})

test('one that fails again and again is switched off, and said so', async () => {
  await using home = new PluginHome()
  home.add({ name: 'a', hooks: ['connect'], code: "connect: () => { throw new Error('oh') }", entry: PATIENT })
  const set = await home.run()
  for (let n = 0; n < 50; n++) await answerOf(set)
  assert.equal(only(set).state, 'off')
  assert.match(String(await answerOf(set)), /^gone: its last 50 answers failed, the last with: Error: oh/)
  const [alert] = set.alerts()
  assert.match(alert?.what ?? '', /^Plug-in a is switched off: its last 50 answers failed/)
})

test('one that loops for ever is ended after its budget and started again', async () => {
  await using home = new PluginHome()
  home.add({
    name: 'a',
    hooks: ['connect'],
    code: 'connect: ({ loop }) => { while (loop); return { ok: true } }',
    entry: { budget: '500ms' },
  })
  const set = await home.run()
  const { pid } = only(set)
  const began = performance.now()
  const [looping, beside] = await Promise.all([answerOf(set, { loop: true }), answerOf(set)])
  assert.match(String(looping), /^late: /)
  assert.match(String(beside), /^(?:late|gone): /)
  assert.ok(performance.now() - began >= 500)
  await until(() => only(set).state === 'ready' && only(set).pid !== pid)
  assert.equal(only(set).counts.restarts, 1)
})

test('one that never answers a call goes on, and the call is late', async () => {
  await using home = new PluginHome()
  const code = 'connect: ({ never }) => (never ? new Promise(() => {}) : { ok: true })'
  // Far longer than a busy machine takes for one of the others.
  home.add({ name: 'a', hooks: ['connect'], code, entry: { budget: '3s' } })
  const set = await home.run()
  const never = answerOf(set, { never: true })
  // The others are answered all the while.
  const others = every(machineClock, 50, () => void answerOf(set))
  assert.match(String(await never), /^late: it had no answer within 3000 ms/)
  others[Symbol.dispose]()
  assert.equal(only(set).counts.late, 1)
})

for (const [what, code] of [
  ['ends itself', 'connect: () => process.exit(3)'],
  ['throws beside its hook', "connect: () => { setImmediate(() => { throw new Error('beside') }); return new Promise(() => {}) }"],
] as const)
  test(`one that ${what} falls, is started again later each time, and in the end stays off`, async () => {
    await using home = new PluginHome()
    home.add({ name: 'a', hooks: ['connect'], code, entry: PATIENT })
    const set = await home.run()
    assert.match(String(await answerOf(set)), /^gone: it ended with code/)
    await until(() => only(set).state === 'ready')
    assert.match(String(await answerOf(set)), /^gone: it ended with code/)
    while (only(set).state !== 'off') {
      await until(() => ['ready', 'off'].includes(only(set).state))
      await answerOf(set)
    }
    assert.match(set.alerts()[0]?.what ?? '', /it fell 6 times within ten minutes/)
  })

for (const [what, code] of [
  ['buffers', 'connect: () => { for (;;) kept.push(Buffer.alloc(4 << 20, 1)) }'],
  ['objects', 'connect: () => { for (;;) kept.push(Array.from({ length: 10000 }, (_, n) => ({ n }))) }'],
] as const)
  test(`one that eats memory with ${what} is ended before the machine feels it`, async () => {
    await using home = new PluginHome()
    const whole = `const kept = []\nexport default { name: 'a', apiVersion: 1, hooks: { ${code} } }`
    home.add({ name: 'a', hooks: ['connect'], code: whole, entry: { ...PATIENT, memory: '96MiB' } })
    const set = await home.run()
    const { pid } = only(set)
    assert.match(String(await answerOf(set)), /^(?:gone|threw): /)
    await until(() => only(set).state === 'ready')
    assert.notEqual(pid, null)
  })

test('one with wrong settings, other hooks than its manifest, or another interface says so', async () => {
  const trouble = async (plugin: Parameters<PluginHome['add']>[0]): Promise<string> => {
    await using home = new PluginHome()
    home.add(plugin)
    const set = await home.run()
    return set.alerts()[0]?.what ?? 'none'
  }
  const schema = `import { z } from 'zod'
    export default { name: 'a', apiVersion: 1, settings: z.object({ most: z.number() }), hooks: { connect() {} } }`
  const name = 'a'
  assert.match(
    await trouble({ name, hooks: ['connect'], code: schema, entry: { settings: { most: 'x' } } }),
    /Its settings are wrong: most: /,
  )
  assert.match(
    await trouble({ name, hooks: ['connect', 'from'], code: 'connect() {}' }),
    /its manifest names the hooks connect, from, its code has connect/,
  )
  assert.match(
    await trouble({ name, hooks: ['connect'], code: 'connect() {}', api: 2 }),
    /package.json asks for version 2 of the interface/,
  )
  assert.match(await trouble({ name, hooks: ['conect'], code: 'connect() {}' }), /names the hook "conect"/)
  assert.match(await trouble({ name, hooks: ['connect'], code: 'export const x = 1' }), /exports no plug-in/)
  assert.match(await trouble({ name, hooks: ['connect'], code: 'connect() {}', entry: { budjet: 1 } }), /"budjet" is no setting/)
})

test('a change is taken up while it runs; one that is no use changes nothing', async () => {
  await using home = new PluginHome()
  const told = (text: string): string => `connect: () => ({ text: '${text}' })`
  home.add({ name: 'a', hooks: ['connect'], code: told('one'), entry: PATIENT })
  const set = await home.run()
  assert.deepEqual(await answerOf(set), { text: 'one' })
  home.add({ name: 'a', hooks: ['connect'], code: told('the second'), entry: PATIENT })
  await until(async () => JSON.stringify(await answerOf(set)).includes('second'))
  home.add({ name: 'a', hooks: ['connect'], code: 'this is no code', entry: PATIENT })
  await until(() => set.alerts().length > 0)
  assert.match(set.alerts()[0]?.what ?? '', /A change of plug-in a cannot be used, and what ran before goes on/)
  assert.deepEqual(await answerOf(set), { text: 'the second' })
  assert.doesNotMatch(home.lines.join(''), /is switched off/)
  home.write('no list')
  await until(() => set.alerts().some(({ what }) => what.includes('It is no list')))
  home.remove('a')
  await until(() => set.runners.length === 0)
  assert.deepEqual(set.alerts(), [])
})

test('a change of any file of it is taken up, when its files stand still', async () => {
  await using home = new PluginHome()
  const folder = join(home.folder, 'plugins', 'a')
  const code = `import { text } from './lib/text.js'
    export default { name: 'a', apiVersion: 1, hooks: { connect: () => ({ text }) } }`
  mkdirSync(join(folder, 'lib'), { recursive: true })
  const tell = (text: string): void => writeFileSync(join(folder, 'lib', 'text.js'), `export const text = '${text}'`)
  tell('one')
  home.add({ name: 'a', hooks: ['connect'], code, entry: PATIENT })
  const set = await home.run()
  assert.deepEqual(await answerOf(set), { text: 'one' })
  tell('the second')
  await until(async () => JSON.stringify(await answerOf(set)).includes('second'))
})

test('a change that is no use is told to the log by one process, and its beginnings are not', async () => {
  await using home = new PluginHome()
  const answering = 'connect: () => ({ ok: true })'
  home.add({ name: 'a', hooks: ['connect', 'sent'], code: `${answering}, sent: () => {}`, entry: PATIENT })
  const tells = (hooks: readonly string[] | null): boolean => hooks?.includes('connect') === false
  const sets = await Promise.all([home.run(), home.run({ tells }), home.run({ tells })])
  for (const code of ['this is no code', 'export default process.exit(1)']) {
    home.add({ name: 'a', hooks: ['connect', 'sent'], code, entry: PATIENT })
    const told = code.includes('exit') ? 'it ended with code' : 'cannot be read'
    await until(() => sets.every((set) => set.alerts()[0]?.what.includes(told)), 'all of them know')
    for (const set of sets) assert.deepEqual(await answerOf(set), { ok: true })
    const lines = home.lines.filter((line) => line.includes(told))
    assert.equal(lines.length, 1, lines.join(''))
    assert.deepEqual(
      sets.map((set) => set.lines('a').filter(({ text }) => text.includes(told)).length),
      [1, 0, 0],
    )
  }
  assert.doesNotMatch(home.lines.join(''), /fell/)
})

test('one that takes much of the processor has a lower priority than mail from then on; it has its name in lists of processes', async () => {
  await using home = new PluginHome()
  home.add({ name: 'a', hooks: ['connect', 'reset'], code: 'connect() {}, reset: () => { for (;;); }', entry: PATIENT })
  const set = await home.run()
  const { pid } = only(set)
  assert.ok(pid !== null)
  const priorities = (): number[] => readdirSync(`/proc/${pid}/task`).map((thread) => getPriority(Number(thread)))
  assert.ok(priorities().length > 1)
  assert.deepEqual(new Set(priorities()), new Set([getPriority()]))
  only(set).tell('reset', {})
  const lower = Math.min(19, getPriority() + 5)
  await until(() => priorities().every((priority) => priority === lower), 'all of its threads have it')
  assert.match(home.lines.join(''), /takes much of the processor; mail goes before it/)
  assert.match(readFileSync(`/proc/${pid}/cmdline`, 'latin1'), /^hms plug-in a\0*$/)
})

test('what it says besides is no answer, and what is no frame ends it', async () => {
  await using home = new PluginHome()
  const code = `import { writeSync } from 'node:fs'
    export default { name: 'a', apiVersion: 1, hooks: { connect: ({ noise }) => {
      console.log('a line'); console.error('another'); if (noise) { writeSync(3, 'GET / HTTP/1.1 and so on'); return new Promise(() => {}) } } } }`
  home.add({ name: 'a', hooks: ['connect'], code, entry: PATIENT })
  const set = await home.run()
  assert.equal(await answerOf(set), null)
  await until(() => home.lines.join('').includes('"line":"another"'))
  assert.match(String(await answerOf(set, { noise: true })), /^gone: it said what is no frame/)
})

test('one that talks on its channel and its log itself, oddly or without an end, stops nobody', async () => {
  await using home = new PluginHome()
  const code = `import fs from 'node:fs'
    const say = (json) => {
      const digits = json.length.toString(16).padStart(8, '0')
      fs.writeSync(3, digits + digits + json)
    }
    const odd = '{"toString":null}'
    say('{"m":[["log",' + odd + ',' + odd + '],["ready",{"hooks":[' + odd + ',[]],"schema":' + odd + '}]],"o":[]}')
    export default { name: 'a', apiVersion: 1, hooks: { connect: (event, { log }) => {
      for (let n = 0; n < 5000; n++) log.info('line ' + n)
      return { action: { toString: null } }
    } } }`
  home.add({ name: 'a', hooks: ['connect'], code, entry: PATIENT })
  const set = await home.run()
  await until(() => set.runners[0]?.state === 'off', 'what it says of itself is not what its manifest says')
  assert.match(set.alerts()[0]?.what ?? '', /its code has none/)
  home.add({ name: 'a', hooks: ['connect'], code: code.replace(/say\('[^\n]*/, ''), entry: PATIENT })
  await until(() => set.runners[0]?.state === 'ready', 'without that it runs')
  assert.deepEqual(await answerOf(set), { action: { toString: null } })
  const lines = home.lines.filter((line) => line.includes('"text":"line '))
  assert.ok(lines.length >= 2000 && lines.length < 5000, `${lines.length} lines in the log`)
})
