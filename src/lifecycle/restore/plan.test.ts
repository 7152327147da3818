import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountId, MessageId } from '../../base/brand.ts'
import type { JournalEntry } from '../../store/journal/reader.ts'
import { type Base, changesOf, outcomeOf, type QueuedRow, type ShardPlan, ShardPlanner, type ShardQuestion } from './plan.ts'

const SHARD = 0
const AT = 1_795_000_000_000
const account = 1001 as AccountId

function row(message: string, n = 0, recipient = `${message}.${n}@example.com`): QueuedRow {
  return { message: message as MessageId, n, account, recipient, clientId: null, at: AT }
}

/** `d5 m1.0`: event 5 says that recipient m1.0@example.com of message m1 was delivered. */
function entry(text: string): JournalEntry {
  const [head = '', who = ''] = text.split(' ')
  const kind = ({ '+': 'accepted', d: 'delivered', f: 'failed', x: 'deleted' } as const)[head[0] ?? '']
  if (head.startsWith('gap')) return { kind: 'gap', shard: SHARD, after: 0, upTo: Number(who) }
  if (head === 'damage') return { kind: 'damaged', segment: 'one', why: 'it cannot be read' }
  assert.ok(kind !== undefined)
  const message = who.split('.')[0] as MessageId
  return {
    kind,
    shard: SHARD,
    number: Number(head.slice(1)),
    message,
    at: AT + 1,
    account,
    recipient: `${who}@example.com`,
    clientId: 'its own',
  }
}

function plan(base: Base, rows: readonly QueuedRow[], told: readonly string[], more: Partial<ShardQuestion> = {}): ShardPlan {
  const planner = new ShardPlanner({ base, position: 10, journalReaches: 100, named: new Set(), ...more })
  for (const one of rows) planner.add(one)
  for (const text of told) planner.tell(entry(text))
  return planner.conclude()
}

const names = (rows: readonly { recipient: string }[]): string[] => rows.map(({ recipient }) => recipient.replace('@example.com', ''))

function summary({ queued, settled, deleted, uncertain, lost, doubt }: ShardPlan): Record<string, unknown> {
  const all = { queued: names(queued), settled: names(settled), deleted: names(deleted), uncertain: names(uncertain), lost: names(lost) }
  return { ...Object.fromEntries(Object.entries(all).filter(([, list]) => list.length > 0)), ...(doubt !== null && { doubt }) }
}

test('of a lost shard comes back what the journal does not know to have ended', () => {
  const rows = [row('m1'), row('m2'), row('m3'), row('m4')]
  assert.deepEqual(summary(plan('backup', rows, ['d11 m1.0', 'f12 m2.0', 'x13 m3.0'])), {
    queued: ['m4.0'],
    settled: ['m1.0', 'm2.0'],
    deleted: ['m3.0'],
  })
})

test('what was accepted since and has not ended is named as lost; what ended is not', () => {
  const told = ['+11 m5.0', '+12 m6.0', 'd13 m5.0', '+14 m7.0', '+14 m7.1', 'x15 m7.1']
  const found = plan('backup', [row('m1')], told)
  assert.deepEqual(summary(found), { queued: ['m1.0'], lost: ['m6.0', 'm7.0'] })
  assert.deepEqual(found.lost[0], { message: 'm6', account, recipient: 'm6.0@example.com', clientId: 'its own', at: AT + 1 })
})

test('a shard that neither home nor backup has gives what was lost with it', () => {
  const told = ['+1 m1.0', '+2 m2.0', 'd3 m1.0']
  assert.deepEqual(summary(plan('none', [], told, { position: 0 })), { lost: ['m2.0'] })
})

test('a living shard stays as it is; where it is older than the journal, what the journal knows counts', () => {
  const rows = [row('m1'), row('m2')]
  assert.deepEqual(summary(plan('living', rows, [])), { queued: ['m1.0', 'm2.0'] })
  // Its last events may not have reached the journal.
  assert.deepEqual(summary(plan('living', rows, [], { journalReaches: 5 })), { queued: ['m1.0', 'm2.0'] })
  assert.deepEqual(summary(plan('living', rows, ['d11 m1.0', '+12 m3.0'])), { queued: ['m2.0'], settled: ['m1.0'], lost: ['m3.0'] })
})

test('what happened before the position changes nothing, and neither does what is told twice', () => {
  const rows = [row('m1', 0, 'm1.0@example.com'), row('m1', 1, 'm1.0@example.com'), row('m2')]
  const told = ['d9 m2.0', '+10 m9.0', 'd11 m1.0', '+12 m3.0', '+12 m3.1', 'd11 m1.0', '+12 m3.0', '+12 m3.1', 'd13 m3.0']
  // One address twice in a message: two rows, two ends.
  assert.deepEqual(summary(plan('backup', rows, told)), { queued: ['m1.0', 'm2.0'], settled: ['m1.0'], lost: ['m3.1'] })
  assert.deepEqual(summary(plan('backup', rows, [...told, 'd14 m1.0'])), { queued: ['m2.0'], settled: ['m1.0', 'm1.0'], lost: ['m3.1'] })
})

test('without a journal, behind its end, in its gaps and damage nothing is certain but what it tells', () => {
  const rows = [row('m1'), row('m2')]
  const told = ['d11 m1.0']
  const expected = (doubt: string) => ({ settled: ['m1.0'], uncertain: ['m2.0'], doubt })
  const noJournal = 'there is no delivery journal that tells what happened since'
  assert.deepEqual(summary(plan('backup', rows, [], { journalReaches: null })), { uncertain: ['m1.0', 'm2.0'], doubt: noJournal })
  assert.deepEqual(summary(plan('living', rows, [], { journalReaches: null })), { uncertain: ['m1.0', 'm2.0'], doubt: noJournal })
  assert.match(String(summary(plan('backup', rows, [], { journalReaches: 9 }))['doubt']), /ends before the backup/)
  assert.deepEqual(summary(plan('backup', rows, ['gap 20', ...told])), expected('the delivery journal has a gap'))
  assert.deepEqual(
    summary(plan('backup', rows, ['gap 10', ...told])),
    { queued: ['m2.0'], settled: ['m1.0'] },
    'it ends where the backup begins',
  )
  const damage = 'the delivery journal is damaged (one: it cannot be read)'
  assert.deepEqual(summary(plan('backup', rows, [...told, 'damage'])), expected(damage))
  assert.deepEqual(summary(plan('living', rows, [...told, 'damage'])), expected(damage))
  assert.deepEqual(summary(plan('living', rows, ['damage'], { journalReaches: 10 })), { queued: ['m1.0', 'm2.0'] }, 'it has nothing to add')
})

test('what the owner names comes back whatever became of it', () => {
  const named = new Set(['m1' as MessageId])
  assert.deepEqual(summary(plan('backup', [row('m1'), row('m2')], ['d11 m1.0', 'd12 m2.0'], { named })), {
    queued: ['m1.0'],
    settled: ['m2.0'],
  })
})

test('the sums, and what is done to the rows', () => {
  const living = plan('living', [row('m1')], [])
  const lost = plan('backup', [row('m2'), row('m3'), row('m4')], ['d11 m2.0', 'x12 m3.0', '+13 m5.0'])
  const doubtful = plan('backup', [row('m6'), row('m7')], ['d11 m6.0'], { journalReaches: null })
  const outcome = outcomeOf([living, lost, doubtful], { settled: 10, deleted: 2, back: 3, missing: [row('m9')] })
  assert.deepEqual(
    { ...outcome, lost: names(outcome.lost), missing: names(outcome.missing) },
    {
      kept: 1,
      restored: 4,
      alreadyDelivered: 12,
      deleted: 3,
      uncertain: 1,
      lost: ['m5.0'],
      missing: ['m9.0'],
    },
  )
  const changes = (choice: 'hold' | 'send' | 'drop') => {
    const { remove, hold } = changesOf(doubtful, choice)
    return [names(remove), names(hold)]
  }
  assert.deepEqual(changes('hold'), [['m6.0'], ['m7.0']])
  assert.deepEqual(changes('send'), [['m6.0'], []])
  assert.deepEqual(changes('drop'), [['m6.0', 'm7.0'], []])
})
