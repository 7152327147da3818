// Stored templates as operations.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { installation } from '../../../../testkit/installation.ts'

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

test('versions are listed, the newest first; what is not stored is filled in as it stands, with what is missing named', async () => {
  using at = installation()
  const { id: account } = (await at.call('account.add', { name: 'Shop' })).account
  for (const note of ['first', 'second']) await at.call('template.add', { id: 'x', text: note, note })
  await at.call('template.add', { id: 'xy', text: 'another' })
  const heads = await at.call('template.versions', { id: 'x', account })
  assert.deepEqual(
    heads.map(({ id, version, note, account: of }) => [id, version, note, of]),
    [
      ['x', 2, 'second', null],
      ['x', 1, 'first', null],
    ],
  )
  await assert.rejects(at.call('template.versions', { id: 'none' }), { code: 'template-not-found' })
  const html = '{% for item in order.items %}<i>{{ item.name }}</i>{% endfor %}{{ order.items.size }} %%shop.city%% {{ recipient.email }}'
  const tried = await at.call('template.try', {
    subject: 'Hello {{ name }}, {{ nick }}',
    html,
    data: { name: 'A & B', order: { items: [{ name: '<x>' }] }, shop: {} },
  })
  assert.deepEqual(tried, {
    subject: 'Hello A & B,',
    html: '<i>&lt;x&gt;</i>1  ',
    fields: ['name', 'nick', 'order.items', 'order.items.size', 'shop.city'],
    missing: ['nick', 'shop.city'],
  })
  await assert.rejects(at.call('template.try', { text: '{% if %}' }), { code: 'template-invalid', message: /^The text is no Liquid/ })
})
