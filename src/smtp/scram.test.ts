import assert from 'node:assert/strict'
import { pbkdf2Sync } from 'node:crypto'
import { test } from 'node:test'
import { answerChallenge, checkPassword, makeVerifier, preparePassword, ScramServer } from './scram.ts'
import type { ScramVerifier } from './server/handler.ts'
import { createHash, createHmac } from 'node:crypto'

/** The example of rfc:7677#3. */
function rfcVerifier(): ScramVerifier {
  const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64')
  const salted = pbkdf2Sync('pencil', salt, 4096, 32, 'sha256')
  const key = (label: string): Buffer => createHmac('sha256', salted).update(label).digest()
  return { salt, iterations: 4096, storedKey: createHash('sha256').update(key('Client Key')).digest(), serverKey: key('Server Key') }
}

const FIRST = 'n,,n=user,r=rOprNGfwEbeRWgbNEkqO'
const SERVER_NONCE = '%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0'
const FINAL = 'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ='

test('the exchange of rfc:7677#3', () => {
  const server = new ScramServer(SERVER_NONCE)
  assert.deepEqual(server.readFirst(FIRST), { user: 'user' })
  assert.equal(server.challenge(rfcVerifier()), 'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096')
  assert.deepEqual(server.readFinal(FINAL), { proved: true, serverFinal: 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=' })
})

test('a wrong proof is not proved; a changed nonce, binding or form is malformed', () => {
  const final = (message: string) => {
    const server = new ScramServer(SERVER_NONCE)
    server.readFirst(FIRST)
    server.challenge(rfcVerifier())
    return server.readFinal(message)
  }
  assert.equal(final(FINAL.replace('p=dH', 'p=dX'))?.proved, false)
  assert.equal(final(FINAL.replace('r=rO', 'r=rX')), undefined)
  assert.equal(final(FINAL.replace('c=biws', 'c=eSws')), undefined)
  assert.equal(final(FINAL.slice(0, -1)), undefined)
  assert.equal(final(''), undefined)
  assert.equal(new ScramServer().readFinal(FINAL), undefined)
})

test('first messages', () => {
  const user = (message: string) => new ScramServer('s').readFirst(message)?.user
  assert.equal(user('y,,n=a=2Cb=3Dc,r=x'), 'a,b=c')
  assert.equal(user('n,a=u,n=u,r=x'), 'u')
  assert.equal(user('n,,n=u,r=x,ext=1'), 'u')
  for (const message of [
    'p=tls-unique,,n=u,r=x',
    'n,a=v,n=u,r=x',
    'n,,m=1,n=u,r=x',
    'n,,n=,r=x',
    'n,,n=a=20,r=x',
    'n,,n=u,r=',
    'n,,n=u',
    '',
  ]) {
    assert.equal(user(message), undefined, message)
  }
})

test('a made verifier takes its password in every way, and no other', async () => {
  const verifier = await makeVerifier('pässword\u2003x', 4096)
  assert.equal(await checkPassword(verifier, 'pässword x'), true)
  assert.equal(await checkPassword(verifier, 'pässword y'), false)
  assert.equal(await checkPassword(verifier, ''), false)
  const server = new ScramServer()
  server.readFirst('n,,n=u,r=abc')
  const answer = await answerChallenge('pässword x', 'n=u,r=abc', server.challenge(verifier))
  assert.deepEqual(server.readFinal(answer?.clientFinal ?? ''), { proved: true, serverFinal: answer?.serverFinal })
  assert.equal(await answerChallenge('x', 'n=u,r=abc', 'e=other-error'), undefined)
  await assert.rejects(makeVerifier('a\nb', 4096), RangeError)
  assert.equal(preparePassword('a\u0007'), undefined)
})

test('the messages are read in linear time', () => {
  // Would take minutes where one expression backtracks over another.
  const long = 'a'.repeat(9000)
  const server = new ScramServer('s')
  assert.equal(server.readFirst(`n,,n=u,r=x${`,${long}`}`)?.user, 'u')
  server.challenge(rfcVerifier())
  assert.equal(server.readFinal(`c=biws,r=xs${',a'.repeat(4500)}`), undefined)
  assert.equal(server.readFinal(`c=biws,r=xs${',p'.repeat(4500)},p=`), undefined)
})
