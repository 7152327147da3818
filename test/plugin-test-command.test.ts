// `hms plugin test`: a plug-in of a folder or of the home, its script, its settings, and what the exit code says.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TrialDone } from '../src/contract/plugin-trial.ts'
import { PluginHome } from '../testkit/plugin-home.ts'

const HMS = join(import.meta.dirname, '../hms')
const CODE = `import { definePlugin } from '@hurricane-mta/plugin'
  import { z } from 'zod'
  export default definePlugin({ name: 'tag', apiVersion: 1, settings: z.object({ tag: z.string().default('[tag]') }), hooks: {
    recipient: ({ recipient }) => recipient.startsWith('bad') ? { action: 'refuse', text: 'not him' } : undefined,
    received: ({ header }, { settings, log }) => {
      log.warn('seen')
      const { value } = header.find(({ name }) => name === 'Subject')
      if (value === 'throw') throw new Error('oh')
      return { action: 'accept', changes: { header: [{ kind: 'change', name: 'Subject', nth: 1, value: settings.tag + value }] } } } } })`

function run(home: PluginHome, ...words: string[]) {
  const { status, stdout, stderr } = spawnSync(HMS, ['plugin', 'test', ...words], {
    encoding: 'utf8',
    cwd: home.folder,
    env: { ...process.env, HMS_HOME: home.folder },
  })
  return { status, stdout, stderr }
}

test('a plug-in is tried without a server, and every hook is shown with its answer', async () => {
  await using home = new PluginHome()
  home.add({ name: 'tag', hooks: ['recipient', 'received'], code: CODE, entry: { settings: { tag: '[home] ' } } })
  const folder = join(home.folder, 'plugins', 'tag')
  const first = run(home, folder, '--budget', '60s', '--show')
  assert.equal(first.status, 0, first.stdout + first.stderr)
  assert.match(
    first.stdout,
    /^tag has the hooks recipient, received\.\n\nSTEP +HOOK +ANSWER +MS +OUTCOME\nconnect 192\.0\.2\.1 +- +- +- +220 /,
  )
  assert.match(first.stdout, /\nmessage +received +accept .*\[tag\]A trial.* \d+\.\d +250 2\.6\.0 Message received and queued\.\n/)
  assert.match(first.stdout, /\nIt said:\nwarn: seen\n/)
  assert.match(
    first.stdout,
    /\nMail of account 1001 from <sender@example\.com> to <recipient@example\.net>:\n\n(?:.*\n)*Subject: \[tag\]A trial\n/,
  )
  assert.match(first.stdout, /\nNothing was wrong\.\n$/)
  // By its name it is the one of the home, with its settings there.
  assert.match(run(home, 'tag', '--budget', '60s', '--show').stdout, /\nSubject: \[home\] A trial\n/)
})

test('a script says what is expected, and the exit code whether it came', async () => {
  await using home = new PluginHome()
  home.add({ name: 'tag', hooks: ['recipient', 'received'], code: CODE })
  const script = (text: string): string => {
    writeFileSync(join(home.folder, 'script.yaml'), text)
    return 'script.yaml'
  }
  writeFileSync(join(home.folder, 'settings.yaml'), 'tag: "[yaml] "\n')
  const options = ['--budget', '60s', '--settings', 'settings.yaml', '--json']
  const good = `
- connect: { address: 192.0.2.1, account: 1007 }
- from: sender@example.com
- recipient: bad@example.net
  expect: 550 5.7.1 not him
- recipient: good@example.net
- message: |
    Subject: hello

    hello
  expect: accepted
- close`
  const right = run(home, 'plugins/tag', script(good), ...options)
  assert.equal(right.status, 0, right.stdout + right.stderr)
  const { steps, problems } = JSON.parse(right.stdout) as { readonly steps: readonly TrialDone[]; readonly problems: readonly string[] }
  assert.deepEqual(problems, [])
  const message = steps[4]
  assert.deepEqual([message?.mail?.account, message?.mail?.header], [1007, [{ name: 'Subject', value: '[yaml] hello' }]])
  const wrong = run(home, 'plugins/tag', script(good.replace('Subject: hello', 'Subject: throw').replace('accepted', 'held')), ...options)
  assert.equal(wrong.status, 1)
  const said = (JSON.parse(wrong.stdout) as { readonly problems: readonly string[] }).problems
  assert.match(said[0] ?? '', /^received threw: Error: oh/)
  assert.equal(said[1], 'message: "held" was expected, and it was "250 2.6.0 Message received and queued."')
  assert.match(run(home, 'plugins/tag', script('- fly: 1\n')).stderr, /script\.yaml is no script: Step 1 is none of connect, hello/)
  const missing = run(home, 'plugins/nothing')
  assert.equal(missing.status, 1)
  assert.match(missing.stdout, /^There is no folder .*plugins\/nothing\.\n$/)
})
