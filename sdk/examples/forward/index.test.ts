import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tryPlugin } from '@hurricane-mta/plugin/test'

const folder = import.meta.dirname
const settings = {
  forwards: [
    { for: 'info@example.com', to: ['ann@example.net', 'bob@example.net'] },
    { for: '@old.example', to: ['archive@example.net'], keep: true },
  ],
  sender: 'forwarded@example.com',
}

test('mail goes to others instead of its recipient, or beside it', async () => {
  await using trial = await tryPlugin({ folder, settings, budget: '60s' })
  const { mail } = await trial.send({ recipients: ['INFO@example.com', 'else@example.com'], message: 'Subject: hello\n\nhello\n' })
  assert.deepEqual(mail?.recipients, ['else@example.com', 'ann@example.net', 'bob@example.net'])
  assert.equal(mail?.sender, 'forwarded@example.com')
  assert.deepEqual(mail?.header.at(-1), { name: 'X-Forwarded-For', value: 'info@example.com' })
  const kept = await trial.send({ sender: '', recipients: ['who@old.example'], message: 'Subject: hello\n\nhello\n' })
  assert.deepEqual(kept.mail?.recipients, ['who@old.example', 'archive@example.net'])
  assert.equal(kept.mail?.sender, '')
  const other = await trial.send({ recipients: ['else@example.com'], message: 'Subject: hello\n\nhello\n' })
  assert.deepEqual(other.mail?.header, [{ name: 'Subject', value: 'hello' }])
})

test('what was forwarded once is not forwarded again', async () => {
  await using trial = await tryPlugin({ folder, settings, budget: '60s' })
  const { mail } = await trial.send({
    recipients: ['info@example.com'],
    message: 'X-Forwarded-For: info@example.com\nSubject: hello\n\nhello\n',
  })
  assert.deepEqual(mail?.recipients, ['info@example.com'])
  assert.match(trial.lines[0]?.text ?? '', /was forwarded before/)
})
