// How well and how fast messages that came back are read: the figures of docs/reading-reports.md.
//   node scripts/report-figures.ts [FOLDER]     FOLDER: t/corpus of Mail::DeliveryStatus::BounceParser 1.543, which does not stand here
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { corpus, type HeldOut, heldOut, namesAll, readingOf, type Sample } from '../testkit/report-corpus.ts'

const percent = (part: number, whole: number): string => (whole === 0 ? '-' : `${((100 * part) / whole).toFixed(1)} %`)

/** By kind: of those that are of it, how many were read so; of those read so, how many are. */
function kinds(samples: readonly Sample[]): void {
  const read = samples.map(({ octets, expected }) => ({ said: readingOf(octets), expected }))
  console.log('| kind | messages | precision | recall | all recipients right |\n|---|---|---|---|---|')
  for (const kind of [...new Set(samples.map(({ expected }) => expected.kind))].sort()) {
    const are = read.filter(({ expected }) => expected.kind === kind)
    const said = read.filter(({ said: { report } }) => report.kind === kind)
    const both = are.filter(({ said: { report } }) => report.kind === kind)
    const named = are.filter((one) => namesAll(one.said, one.expected))
    console.log(
      `| ${kind} | ${are.length} | ${percent(both.length, said.length)} | ${percent(both.length, are.length)} | ${percent(named.length, are.length)} |`,
    )
  }
  const judged = read.filter(({ expected }) => expected.category !== undefined)
  const right = judged.filter(({ said, expected }) => said.judged[0]?.category === expected.category)
  console.log(`\nCategory, where the message says it: ${percent(right.length, judged.length)} of ${judged.length}.`)
}

function apart(folder: string): void {
  const facts = Object.entries(heldOut())
  tell(
    'Held out',
    folder,
    facts.filter(([, fact]) => fact.seen !== true),
  )
  tell(
    'Of the same collection, but looked at',
    folder,
    facts.filter(([, fact]) => fact.seen === true),
  )
}

function tell(name: string, folder: string, facts: readonly (readonly [string, HeldOut])[]): void {
  let [kind, named, category, allNamed, allCategory] = [0, 0, 0, 0, 0]
  for (const [file, fact] of facts) {
    const octets = readFileSync(join(folder, file))
    if (createHash('sha256').update(octets).digest('hex') !== fact.sha256)
      throw new Error(`${file} is not the message that the facts are about.`)
    const { report, judged, addresses } = readingOf(octets)
    // To them a delay is no bounce.
    const isFailure = report.kind === 'bounce' && report.recipients.some(({ action }) => action !== 'delayed')
    if (isFailure === fact.isBounce) kind++
    if (fact.addresses !== undefined) {
      allNamed++
      if (namesAll({ addresses }, { addresses: fact.addresses })) named++
    }
    if (fact.categories !== undefined) {
      allCategory++
      if (fact.categories.includes(judged[0]?.category ?? '')) category++
    }
  }
  const part = (right: number, all: number): string => `${percent(right, all)} of ${all}`
  console.log(
    `\n${name}: a bounce or not ${part(kind, facts.length)}, recipients ${part(named, allNamed)}, category ${part(category, allCategory)}.`,
  )
}

function speed(samples: readonly Sample[]): void {
  for (let n = 0; n < 4; n++) for (const { octets } of samples) readingOf(octets)
  const before = process.cpuUsage()
  let messages = 0
  let size = 0
  for (let n = 0; n < 10; n++)
    for (const { octets } of samples) {
      readingOf(octets)
      messages++
      size += octets.length
    }
  const { user, system } = process.cpuUsage(before)
  console.log(
    `\nSpeed: ${Math.round((messages * 1e6) / (user + system))} messages a second on one core, ${Math.round(size / messages)} octets each.`,
  )
}

const samples = corpus()
kinds(samples)
const [folder] = process.argv.slice(2)
if (folder !== undefined) apart(folder)
speed(samples)
