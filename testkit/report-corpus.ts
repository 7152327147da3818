// The corpus of messages that came back (test/fixtures/reports): each with what it means, and how well the program reads them, by kind.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type JudgedRecipient, judgeReport } from '../src/engine/report/judge.ts'
import { readReport } from '../src/message/report/report.ts'
import type { Report } from '../src/message/report/types.ts'

export const CORPUS = join(import.meta.dirname, '../test/fixtures/reports')

export interface Expected {
  readonly kind: string
  /** Lower case; none where the message names nobody. */
  readonly addresses: readonly string[]
  readonly status?: string
  readonly category?: string
  readonly delayed?: true
}

export interface Sample {
  readonly file: string
  readonly octets: Buffer
  readonly expected: Expected
}

export function corpus(): Sample[] {
  const all = JSON.parse(readFileSync(join(CORPUS, 'expected.json'), 'utf8')) as Record<string, Expected>
  return Object.entries(all).map(([file, expected]) => ({ file, octets: readFileSync(join(CORPUS, file)), expected }))
}

export interface Reading {
  readonly report: Report
  readonly judged: readonly JudgedRecipient[]
  /** Sorted, lower case. */
  readonly addresses: readonly string[]
}

export function readingOf(octets: Buffer): Reading {
  const report = readReport(octets)
  const judged = judgeReport(report)
  const addresses = judged.flatMap(({ address }) => (address === null ? [] : [address.toLowerCase()])).sort()
  return { report, judged, addresses }
}

/** Whether each recipient is there and nobody else. */
export function namesAll({ addresses }: Pick<Reading, 'addresses'>, expected: Pick<Expected, 'addresses'>): boolean {
  return addresses.join(' ') === [...expected.addresses].sort().join(' ')
}

export interface HeldOut {
  readonly isBounce: boolean
  readonly addresses?: readonly string[]
  readonly categories?: readonly string[]
  readonly sha256: string
  /** Somebody looked at it while the reader was written: it is no longer held out. */
  readonly seen?: true
}

/** Facts about messages that are not here. */
export function heldOut(): Record<string, HeldOut> {
  return JSON.parse(readFileSync(join(CORPUS, 'held-out.json'), 'utf8')) as Record<string, HeldOut>
}
