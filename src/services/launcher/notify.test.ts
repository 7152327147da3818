import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { feedWatchdog, notifySystemd } from './notify.ts'

/** Stands in for systemd: prints every datagram, its lines joined, and `bound` first. */
const LISTENER = `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print('bound', flush=True)
while True: print(s.recv(4096).decode().strip().replace('\\n', ' '), flush=True)
`
const skip = existsSync('/usr/bin/systemd-notify') ? false : 'there is no systemd-notify here'

test('systemd hears what it is told, in order, and the watchdog as often as it asks', { skip }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hms-notify-'))
  const path = join(folder, 's')
  const listener = spawn('/usr/bin/python3', ['-c', LISTENER, path], { stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    const lines = createInterface({ input: listener.stdout })[Symbol.asyncIterator]()
    const heard = async (): Promise<string> => {
      for (;;) {
        const { value, done } = await lines.next()
        if (done === true) assert.fail('the listener ended')
        // How systemd-notify knows that it was read.
        if (value !== 'BARRIER=1') return value
      }
    }
    assert.equal(await heard(), 'bound')
    const env = { PATH: process.env['PATH'], NOTIFY_SOCKET: path, WATCHDOG_USEC: '200000' }
    await notifySystemd('MAINPID=42\nREADY=1', env)
    assert.equal(await heard(), 'MAINPID=42 READY=1')
    await notifySystemd('STOPPING=1', env)
    assert.equal(await heard(), 'STOPPING=1')
    using _fed = feedWatchdog(env)
    const keepAlive = setInterval(() => {}, 1000)
    assert.equal(await heard(), 'WATCHDOG=1')
    assert.equal(await heard(), 'WATCHDOG=1')
    clearInterval(keepAlive)
  } finally {
    listener.kill()
    rmSync(folder, { recursive: true })
  }
})

test('where nothing asks nothing is done, and where nobody hears it goes on', async () => {
  await notifySystemd('READY=1', {})
  feedWatchdog({})[Symbol.dispose]()
  await notifySystemd('READY=1', { PATH: '/nowhere', NOTIFY_SOCKET: '/nowhere/s' })
  // Nor does it keep a process that would end.
  assert.ok(!process.getActiveResourcesInfo().includes('Timeout'))
})
