// Postfix for comparison: an instance of its own with Debian's defaults, in a temporary folder, that relays everything to
// the sink. What differs from a fresh Debian: addresses, no chroot, no aliases, a log file of its own.
import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort, untilListening } from './load.ts'
import type { Contender } from './contender.ts'

const SERVICES = `
pickup    unix  n  -  n  60    1  pickup
cleanup   unix  n  -  n  -     0  cleanup
qmgr      unix  n  -  n  300   1  qmgr
tlsmgr    unix  -  -  n  1000? 1  tlsmgr
rewrite   unix  -  -  n  -     -  trivial-rewrite
bounce    unix  -  -  n  -     0  bounce
defer     unix  -  -  n  -     0  bounce
trace     unix  -  -  n  -     0  bounce
verify    unix  -  -  n  -     1  verify
flush     unix  n  -  n  1000? 0  flush
proxymap  unix  -  -  n  -     -  proxymap
proxywrite unix -  -  n  -     1  proxymap
smtp      unix  -  -  n  -     -  smtp
relay     unix  -  -  n  -     -  smtp
showq     unix  n  -  n  -     -  showq
error     unix  -  -  n  -     -  error
retry     unix  -  -  n  -     -  error
discard   unix  -  -  n  -     -  discard
local     unix  -  n  n  -     -  local
anvil     unix  -  -  n  -     1  anvil
scache    unix  -  -  n  -     1  scache
postlog   unix-dgram n - n -   1  postlogd
`

function mainFile(folder: string, sink: number): string {
  return `compatibility_level = 3.6
queue_directory = ${folder}/queue
data_directory = ${folder}/data
maillog_file = ${folder}/maillog
maillog_file_prefixes = ${folder}
myhostname = postfix.example.test
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
relayhost = [127.0.0.1]:${sink}
alias_maps =
alias_database =
local_recipient_maps =
smtputf8_enable = no
smtpd_tls_security_level = none
smtp_tls_security_level = none
message_size_limit = 52428800
`
}

function postconf(name: string): string {
  return execFileSync('/usr/sbin/postconf', ['-d', '-h', name], { encoding: 'utf8' }).trim()
}

export interface PostfixServer extends Contender {
  /** Once all of its processes were killed: the same again, on the same port and folder. */
  startAgain(): Promise<void>
}

/** `settings`: lines of main.cf beyond those that it needs to run. */
export async function startPostfix(folder: string, sink: number, settings = ''): Promise<PostfixServer> {
  if (process.getuid?.() !== 0) throw new Error('Postfix as a peer needs root: it changes users')
  const port = await freePort()
  const config = join(folder, 'postfix')
  for (const part of ['', '/queue', '/data']) mkdirSync(config + part, { recursive: true, mode: 0o755 })
  chmodSync(folder, 0o755)
  const [, uid, gid] = /^postfix:x:(\d+):(\d+):/m.exec(readFileSync('/etc/passwd', 'utf8')) ?? []
  chownSync(join(config, 'data'), Number(uid), Number(gid))
  writeFileSync(join(config, 'main.cf'), mainFile(config, sink) + settings)
  writeFileSync(join(config, 'master.cf'), `127.0.0.1:${port} inet n - n - - smtpd${SERVICES}`)
  const postfix = (command: string): void =>
    void execFileSync('/usr/sbin/postfix', ['-c', config, command], { stdio: ['ignore', 'ignore', 'ignore'] })
  const stop = (): void => postfix('stop')
  process.once('exit', stop)
  postfix('start')
  await untilListening(port)
  return {
    name: 'postfix',
    port,
    get pid() {
      return Number(readFileSync(join(config, 'queue/pid/master.pid'), 'utf8'))
    },
    // Without the checks of `postfix start`, which does not always start again what was killed.
    async startAgain() {
      execFileSync(join(postconf('daemon_directory'), 'master'), ['-c', config, '-w'], { stdio: 'ignore' })
      await untilListening(port)
    },
    told: async () => null,
    version: postconf('mail_version'),
    async [Symbol.asyncDispose]() {
      process.off('exit', stop)
      stop()
    },
  }
}
