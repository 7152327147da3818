// Stored templates as operations.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { installation } from '../../../testkit/installation.ts'

test('a template that is of another account is told where it is; one for all is there for each', async () => {
  using at = installation()
  const { id: account } = (await at.call('account.add', { name: 'Shop' })).account
  await at.call('template.add', { id: 'ours', account, text: 'x' })
  await at.call('template.add', { id: 'common', text: 'x' })
  const refused = { code: 'template-not-found', blame: 'caller' }
  await assert.rejects(at.call('template.preview', { id: 'ours' }), {
    ...refused,
    message: 'There is no template ours for all accounts.',
    mend: `There is one with --account ${account}.`,
  })
  assert.equal((await at.call('template.show', { id: 'common', account })).account, null)
  await assert.rejects(at.call('template.show', { id: 'none' }), { ...refused, mend: /hms template ls/ })
})
