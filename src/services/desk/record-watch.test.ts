import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountId, Domain } from '../../base/brand.ts'
import { jsonLog } from '../../base/log.ts'
import type { DkimKey, SenderDomain } from '../../contract/settings.ts'
import { settingsWith } from '../../../testkit/engine-home.ts'
import { RecordWatch } from './record-watch.ts'

function key(selector: string, seenAt: number | null): DkimKey {
  return { domain: 'a.example' as Domain, selector, algorithm: 'rsa-sha256', privateKey: '', account: null, role: 'author', seenAt }
}

function domain(name: string, verifiedAt: number | null): [Domain, SenderDomain] {
  return [name as Domain, { domain: name as Domain, account: 1001 as AccountId, token: 't', verifiedAt }]
}

test('only what was not seen yet is asked for, trouble stops nothing, and every name has its turn', async () => {
  const many = Array.from({ length: 150 }, (_, n) => key(`s${n}`, null))
  const asked: string[] = []
  const watch = new RecordWatch({
    settings: () =>
      settingsWith({
        dkimKeys: [key('seen', 1), ...many],
        senderDomains: new Map([domain('old.example', 1), domain('new.example', null)]),
      }),
    verifyKey: ({ selector }) => {
      asked.push(selector)
      return selector === 's3' ? Promise.reject(new Error('no answer')) : Promise.resolve()
    },
    verifyDomain: ({ domain }) => Promise.resolve(asked.push(domain)),
    log: jsonLog('test', 'error', () => undefined),
  })
  await watch.look()
  assert.equal(asked.length, 100)
  await watch.look()
  assert.deepEqual(new Set(asked), new Set([...many.map(({ selector }) => selector), 'new.example']))
  assert.equal(asked.length, 151)
})

test('settings that cannot be read now end nothing', async () => {
  let broken = true
  let asked = 0
  const watch = new RecordWatch({
    settings: () => {
      if (broken) throw new Error('database is locked')
      return settingsWith({ dkimKeys: [key('new', null)] })
    },
    verifyKey: () => Promise.resolve(asked++),
    verifyDomain: () => Promise.resolve(),
    log: jsonLog('test', 'error', () => undefined),
  })
  await watch.look()
  broken = false
  await watch.look()
  assert.equal(asked, 1)
})
