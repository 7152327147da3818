// A provider of OpenID Connect on loopback that says whatever the test wants: an ID token with any claims, header and signature, any document about
// itself, any answer.
import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

type Json = Readonly<Record<string, unknown>>

export interface Token {
  readonly header?: Json
  readonly claims: Json
  /** In place of the provider's own key; `none`: no signature; a text: a secret. */
  readonly key?: KeyObject | string
}

export interface OidcLiar extends AsyncDisposable {
  readonly issuer: string
  /** What it says of itself. */
  about: (usual: Json) => Json
  token: (usual: Json) => Token
  userinfo: Json
  /** In place of all answers. */
  answer: ((request: IncomingMessage, response: ServerResponse) => void) | null
  /** Paths that were asked for. */
  readonly asked: string[]
  /** It signs with another key from now on. */
  rotate(): void
}

const CLIENT = 'hms'
const encoded = (value: Json): string => Buffer.from(JSON.stringify(value)).toString('base64url')

export const strangersKey = (): KeyObject => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey

export async function startOidcLiar(): Promise<OidcLiar> {
  let [{ publicKey, privateKey }, kid] = [generateKeyPairSync('rsa', { modulusLength: 2048 }), 'own']
  const server = createServer((request, response) => {
    const path = request.url ?? '/'
    liar.asked.push(path)
    if (liar.answer !== null) return liar.answer(request, response)
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(answers[path]?.() ?? {}))
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const liar: OidcLiar = {
    issuer,
    about: (usual) => usual,
    token: (claims) => ({ claims }),
    userinfo: { sub: 'subject' },
    answer: null,
    asked: [],
    rotate: () => {
      ;({ publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 }))
      kid += "'"
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => {
        server.close(resolve)
      })
    },
  }
  const signed = ({ header = { alg: 'RS256', kid }, claims, key = privateKey }: Token): string => {
    const text = `${encoded(header)}.${encoded(claims)}`
    if (key === 'none') return `${text}.`
    const octets = typeof key === 'string' ? createHmac('sha256', key).update(text).digest() : sign('sha256', Buffer.from(text), key)
    return `${text}.${octets.toString('base64url')}`
  }
  const answers: Readonly<Record<string, () => Json>> = {
    '/.well-known/openid-configuration': () =>
      liar.about({
        issuer,
        authorization_endpoint: `${issuer}/auth`,
        token_endpoint: `${issuer}/token`,
        userinfo_endpoint: `${issuer}/userinfo`,
        jwks_uri: `${issuer}/jwks`,
        response_types_supported: ['code'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256'],
        authorization_response_iss_parameter_supported: true,
      }),
    '/jwks': () => ({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' }] }),
    '/token': () => {
      const now = Math.floor(Date.now() / 1000)
      const token = signed(liar.token({ iss: issuer, sub: 'subject', aud: CLIENT, iat: now, exp: now + 300 }))
      return { access_token: 'access', token_type: 'Bearer', id_token: token }
    },
    '/userinfo': () => liar.userinfo,
  }
  return liar
}
