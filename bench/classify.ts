// `node bench/classify.ts`: what the rules make of the replies that were gathered, by category, and how many they judge a second.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CATEGORIES, type Category } from '../src/contract/feedback.ts'
import { categoryOf, meaningOf } from '../src/policy/classify/classify.ts'
import type { Meaning } from '../src/policy/classify/meanings.ts'
import { toldOf } from '../src/policy/classify/told.ts'

const samples = readFileSync(join(import.meta.dirname, '..', 'test', 'fixtures', 'replies', 'replies.tsv'), 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => {
    const [meaning = 'unknown', , reply = ''] = line.split('\t')
    const isHeldOut = (createHash('sha256').update(reply).digest()[0] ?? 0) % 4 === 0
    const { meaning: found, isTemporary } = meaningOf({ reply })
    return { category: categoryOf(meaning as Meaning, isTemporary), reply, isHeldOut, found: categoryOf(found, isTemporary) }
  })

type Sample = (typeof samples)[number]

function share(part: number, all: number): string {
  return all === 0 ? '-' : `${((part / all) * 100).toFixed(1)} %`
}

function row(name: string, of: readonly Sample[], category: Category | null): string {
  const meant = of.filter((one) => category === null || one.category === category)
  const found = of.filter((one) => category === null || one.found === category)
  const right = meant.filter((one) => one.category === one.found).length
  return `| ${name} | ${meant.length} | ${share(right, found.length)} | ${share(right, meant.length)} |`
}

for (const [title, of] of [
  ['made from', samples.filter(({ isHeldOut }) => !isHeldOut)],
  ['held out', samples.filter(({ isHeldOut }) => isHeldOut)],
] as const) {
  console.log(`\nReplies ${title}\n\n| Category | Replies | Precision | Recall |\n|---|---|---|---|`)
  for (const category of Object.keys(CATEGORIES) as Category[])
    if (of.some((one) => one.category === category || one.found === category)) console.log(row(category, of, category))
  console.log(row('all', of, null))
}

/** Not a second time the same text, as replies differ in ids. */
const ROUNDS = 40
for (const { reply } of samples) toldOf(reply, null)
const from = process.cpuUsage()
for (let round = 0; round < ROUNDS; round++) for (const { reply } of samples) toldOf(`${reply} ${round}`, null)
const { user, system } = process.cpuUsage(from)
console.log(`\n${Math.round((ROUNDS * samples.length * 1_000_000) / (user + system))} replies a second of processor time`)
