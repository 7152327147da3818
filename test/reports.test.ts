// Real messages that came back, read by the program and by `hms bounce explain` as its users call it. Where they are from: fixtures/reports/SOURCES.md.
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { once } from 'node:events'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { corpus, CORPUS, namesAll, readingOf } from '../testkit/report-corpus.ts'

const HMS = join(import.meta.dirname, '../hms')
/** Those that nobody can read without knowing the site: local names with the domain in a footnote. */
const NOT_READ = ['flufl/yale_01.txt']

function hms(words: readonly string[], input = ''): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(HMS, words, { input, encoding: 'utf8', env: { ...process.env, HMS_HOME: '/nonexistent/hms-home' } })
}

test('every message of the corpus is of its kind and names its recipients', () => {
  const samples = corpus()
  assert.ok(samples.length > 100)
  const wrong: string[] = []
  for (const { file, octets, expected } of samples) {
    const reading = readingOf(octets)
    if (reading.report.kind !== expected.kind || !namesAll(reading, expected)) wrong.push(file)
  }
  assert.deepEqual(wrong, NOT_READ)
})

test('what the message says of its recipient is found: status, and that a delay is no failure', () => {
  for (const { file, octets, expected } of corpus()) {
    if (expected.status !== undefined) assert.equal(readingOf(octets).judged[0]?.status, expected.status, file)
    if (expected.delayed)
      assert.deepEqual(
        readingOf(octets).judged.map(({ category, action }) => [category, action]),
        expected.addresses.map(() => ['Transient', 'none']),
        file,
      )
  }
})

test('sums of receivers are those of their reports', () => {
  const sums = (file: string): unknown => readingOf(readFileSync(join(CORPUS, 'parsedmarc', file))).report.aggregate
  assert.deepEqual(sums('google-borschow.eml'), {
    kind: 'dmarc',
    organization: 'google.com',
    reportId: '949348866075514174',
    domain: 'borschow.com',
    policy: 'reject',
    begin: 1549929600,
    end: 1550015999,
    messages: 1,
    aligned: 0,
    dkimAligned: 0,
    spfAligned: 0,
    dispositions: { none: 0, quarantine: 0, reject: 1 },
    sources: [{ ip: '92.53.116.102', messages: 1, aligned: 0 }],
    isCut: false,
  })
})

test('hms bounce explain tells many files, one line each, without a home; one that cannot be read is told and the rest go on', () => {
  const [exim, lost, arf] = [join(CORPUS, 'flufl/exim_01.txt'), join(CORPUS, 'not-there.eml'), join(CORPUS, 'sisimai/arf-01.eml')]
  const { status, stdout } = hms(
    ['bounce', 'explain', exim, lost, '-', arf, '--json'],
    readFileSync(join(CORPUS, 'sisimai/zoho-01.eml'), 'utf8'),
  )
  assert.equal(status, 1)
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
  assert.deepEqual(
    lines.map(({ file, kind }) => [file, kind]),
    [
      [exim, 'bounce'],
      [lost, undefined],
      ['-', 'bounce'],
      [arf, 'feedback'],
    ],
  )
  assert.match(String(lines[1]?.['error']), /not-there\.eml cannot be read/)
  const [recipient] = (lines[2]?.['recipients'] ?? []) as Record<string, unknown>[]
  assert.deepEqual(Object.keys(recipient ?? {}), ['address', 'type', 'category', 'code', 'status', 'blame', 'action', 'reply', 'rule'])
  assert.equal(recipient?.['address'], 'kijitora@example.co.jp')
})

test('standard input is waited for, however slowly another program writes it', async () => {
  const child = spawn(HMS, ['bounce', 'explain', '-', '--json'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, HMS_HOME: '/nonexistent/hms-home' },
  })
  const octets = readFileSync(join(CORPUS, 'sisimai/zoho-01.eml'))
  let out = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
  const ended = once(child, 'close')
  for (const part of [octets.subarray(0, 300), octets.subarray(300)]) {
    // Long enough for it to find the pipe empty.
    await setTimeout(300)
    child.stdin.write(part)
  }
  child.stdin.end()
  assert.deepEqual(await ended, [0, null])
  assert.equal((JSON.parse(out) as { recipients: { address: string }[] }).recipients[0]?.address, 'kijitora@example.co.jp')
})

test('the page for people tells part by part how a message was read, and nothing in it reaches the terminal raw', () => {
  const evil = 'From: MAILER-DAEMON@x.example\nSubject: Undelivered Mail\n\n<ann@example.com>: 550 no \u001b[2J such user\n'
  const { status, stdout } = hms(['bounce', 'explain', '-', join(CORPUS, 'sisimai/bigfoot-01.eml')], evil)
  assert.equal(status, 0)
  assert.ok(!stdout.includes('\u001b'))
  assert.match(stdout, /recipient\s+ann@example\.com/)
  assert.match(stdout, /2\s+message\/delivery-status\s+the part for programs/)
})
