// What is asked of the home besides its stores, as it comes in.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { installation } from '../../../../testkit/installation.ts'

test('addresses and hosts to look at become no options of the command that looks', async () => {
  using at = installation()
  for (const option of ['--preflight=/etc/passwd', '--home=/tmp', '--', '-x', '/etc/passwd', 'a b', '192.0.2.1 --spool'])
    for (const given of [{ address: ['192.0.2.1', option] }, { probe: option }])
      await at.refuses('doctor.check', { network: true, ...given })
  // Those that are some come as far as the command, which there is none for here.
  await assert.rejects(at.call('doctor.check', { address: ['192.0.2.1', '2001:db8::1'], probe: 'mx.example.net' }), {
    message: /Nothing is on a disk/,
  })
})
