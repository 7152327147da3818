import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { announceSuccessor, homeIsFree, inheritHomeLock, takeHomeLock } from './home-lock.ts'

test('between a launcher and its successor nobody else gets the home', async () => {
  const home = mkdtempSync(join(tmpdir(), 'hms-home-lock-'))
  try {
    assert.equal(homeIsFree(home), true)
    const first = takeHomeLock(home)
    assert.ok(first !== null)
    assert.equal(takeHomeLock(home), null)
    const next = await announceSuccessor(home, 0)
    assert.ok(next !== null)
    assert.equal(await inheritHomeLock(home, 50), null, 'the first has it still')
    first[Symbol.dispose]()
    assert.equal(takeHomeLock(home), null)
    assert.equal(homeIsFree(home), false)
    assert.equal(await announceSuccessor(home, 50), null, 'a second successor')
    const second = await inheritHomeLock(home, 0)
    assert.ok(second !== null)
    next[Symbol.dispose]()
    assert.equal(takeHomeLock(home), null)
    second[Symbol.dispose]()
    assert.equal(homeIsFree(home), true)
  } finally {
    rmSync(home, { recursive: true })
  }
})
