// Lines of the operational log.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { jsonLog } from './log.ts'

test('a field with the name of something that every line has takes nothing from the line', () => {
  const lines: string[] = []
  const fields = { message: '0000000000000000', role: 'other', level: 'debug', account: 1001 }
  jsonLog('worker', 'info', (line) => lines.push(line)).warn('A copy could not be kept.', fields as never)
  const { time, ...line } = JSON.parse(lines[0] ?? '') as Record<string, unknown>
  assert.ok(typeof time === 'string')
  assert.deepEqual(line, { level: 'warn', role: 'worker', message: 'A copy could not be kept.', account: 1001 })
  assert.deepEqual(Object.keys(line), ['level', 'role', 'message', 'account'])
})
