// Log files are written anew without a person, on a real disk: whole ones, packed ones, and one that somebody appends to meanwhile.
import assert from 'node:assert/strict'
import { appendFileSync, existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gunzipSync, gzipSync } from 'node:zlib'
import { Eraser } from '../../policy/kept/erasure.ts'
import { temporaryFolder } from '../../../testkit/spool-samples.ts'
import type { LogFile } from '../logs/log-folders.ts'
import { linesNaming, rewriteLog } from './log-eraser.ts'

const eraser = new Eraser('ann@x.test')
const gently = async (): Promise<void> => {}

function aFile(folder: string, name: string, text: string): LogFile {
  const path = join(folder, name)
  const compressed = name.endsWith('.gz')
  writeFileSync(path, compressed ? gzipSync(text) : text)
  return { path, day: '2026-11-23', suffix: name.includes('Events') ? 'Events' : 'Processed', compressed }
}

const lineTo = (n: number, address: string): string => `2026-11-23 08:00:00.${n} sent 1001 id-${n} m ${address} shop@x.test ok\n`

async function rewritten(file: LogFile, more: { gently?: () => Promise<void>; alone?: (work: () => Promise<void>) => Promise<void> } = {}) {
  let size = -1
  await rewriteLog(file, { eraser, gently, alone: (work) => work(), renamed: (now) => (size = now), ...more })
  assert.equal(size, statSync(file.path).size)
  assert.ok(!existsSync(`${file.path}.new`))
  const octets = readFileSync(file.path)
  return file.compressed ? gunzipSync(octets).toString() : octets.toString()
}

test('lines about her go, lines of others that name her are masked, in pieces of any length', async () => {
  using folder = temporaryFolder()
  const long = `${lineTo(1, 'bob@x.test').slice(0, -1)} ${'ä'.repeat(1_500_000)} <Ann@x.test>\n`
  const others = Array.from({ length: 30_000 }, (_, n) => lineTo(n, `user${n}@x.test`))
  const text = [lineTo(0, 'ann@x.test'), ...others, long, lineTo(2, 'ANN@x.test'), ...others, lineTo(3, 'joann@x.test')].join('')
  const expected = [...others, long.replace('Ann@x.test', 'erased@erased.invalid'), ...others, lineTo(3, 'joann@x.test')].join('')
  for (const name of ['20261123Processed.log', '20261122Processed.log.gz']) {
    const file = aFile(folder.path, name, text)
    assert.equal(await linesNaming(file, eraser, gently), 3)
    assert.ok((await rewritten(file)) === expected, name)
    assert.equal(await linesNaming(file, eraser, gently), 0)
  }
  const gone = { ...aFile(folder.path, 'x.log', ''), path: join(folder.path, 'gone.log') }
  assert.equal(await linesNaming(gone, eraser, gently), 0)
})

test('what is appended meanwhile is there afterwards, and who appends is kept away for the last piece alone', async () => {
  using folder = temporaryFolder()
  const file = aFile(folder.path, '20261123Processed.log', Array.from({ length: 60_000 }, (_, n) => lineTo(n, `a${n}@x.test`)).join(''))
  let [appended, isAlone, looks, alone] = [0, false, 0, 0]
  const append = async (): Promise<void> => {
    if (isAlone) alone++
    // Half a line, as a write that is under way leaves it; the rest comes with the next.
    else if (looks++ < 20)
      appendFileSync(file.path, `${appended++ % 2 === 0 ? '' : ' tail\n'}${lineTo(appended, 'ann@x.test')}new ${appended}`)
  }
  const text = await rewritten(file, {
    gently: append,
    alone: async (work) => {
      appendFileSync(file.path, ' end\n')
      isAlone = true
      await work()
      isAlone = false
    },
  })
  assert.ok(appended > 3 && alone < 3, `${appended} ${alone}`)
  assert.doesNotMatch(text, /ann@x\.test/)
  for (let n = 1; n <= appended; n++) assert.match(text, new RegExp(`new ${n}( tail|2026| end)?`))
  assert.ok(text.endsWith(' end\n'))
  appendFileSync(file.path, lineTo(9, 'bob@x.test'))
  assert.ok(readFileSync(file.path, 'utf8').endsWith(lineTo(9, 'bob@x.test')))
})

test('a file that was replaced meanwhile is left as it is now', async () => {
  using folder = temporaryFolder()
  const file = aFile(folder.path, '20261123Processed.log', lineTo(0, 'ann@x.test'))
  const alone = async (work: () => Promise<void>): Promise<void> => {
    writeFileSync(`${file.path}.other`, 'another')
    renameSync(`${file.path}.other`, file.path)
    await work()
  }
  await assert.rejects(rewriteLog(file, { eraser, gently, alone, renamed: () => {} }), /replaced meanwhile/)
  assert.equal(readFileSync(file.path, 'utf8'), 'another')
  assert.ok(!existsSync(`${file.path}.new`))
})
