import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { jsonLog } from '../../base/log.ts'
import { MailPace } from '../../policy/alerts/mail-pace.ts'
import { AlertLog } from '../../store/sqlite/desk/alerts.ts'
import { temporaryFolder } from '../../../testkit/spool-samples.ts'
import { AlertMailer } from './alert-mailer.ts'

test('alerts that cannot be read end nothing: it is said, and tried again', async () => {
  using folder = temporaryFolder()
  const said: string[] = []
  const alerts = new AlertLog(join(folder.path, 'desk.db'))
  const mailer = new AlertMailer({
    alerts,
    pace: new MailPace(60_000),
    to: 'owner@a.example',
    from: 'mta@b.example',
    hostName: 'mta.b.example',
    post: () => Promise.reject(new Error('nothing is to be posted')),
    log: jsonLog('test', 'warn', (line) => said.push(line)),
  })
  alerts[Symbol.dispose]()
  await mailer.look(1)
  await mailer.look(2)
  assert.equal(said.length, 2)
  assert.match(said[0] ?? '', /Alerts could not be mailed; it is tried again.*not open/)
})
