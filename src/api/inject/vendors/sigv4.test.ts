// The check of AWS signatures against the vectors that AWS published, and against what a thief would try.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { headerOf } from './callers.ts'
import { checkSignature, readClaim, type SignatureClaim, type SignedRequest } from './sigv4.ts'

const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'
const NOW = Date.UTC(2015, 7, 30, 12, 36)
const SCOPE = 'AKIDEXAMPLE/20150830/us-east-1/service/aws4_request'

interface Vector {
  readonly name: string
  readonly method?: string
  readonly target?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly signature: string
}

// The aws-sig-v4-test-suite.
const VECTORS: readonly Vector[] = [
  { name: 'get-vanilla', signature: '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31' },
  { name: 'post-vanilla', method: 'POST', signature: '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b' },
  {
    name: 'get-vanilla-query-order-key-case',
    target: '/?Param2=value2&Param1=value1',
    signature: 'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
  },
  { name: 'get-utf8', target: '/ሴ', signature: '8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85' },
  { name: 'get-vanilla-utf8-query', target: '/?ሴ=bar', signature: '2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04' },
  {
    name: 'get-unreserved',
    target: '/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz',
    signature: '07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f',
  },
  {
    name: 'get-header-value-trim',
    headers: { 'my-header1': ' value1', 'my-header2': ' "a   b   c"' },
    signature: 'acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736',
  },
  {
    name: 'get-header-key-duplicate',
    headers: { 'my-header1': 'value2,value2,value1' },
    signature: 'c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea',
  },
  {
    name: 'post-header-key-sort',
    method: 'POST',
    headers: { 'my-header1': 'value1' },
    signature: 'c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c',
  },
  {
    name: 'post-x-www-form-urlencoded',
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'Param1=value1',
    signature: 'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
  },
]

function requestOf({ method = 'GET', target = '/', headers = {}, body = '', signature }: Vector): SignedRequest {
  const all: Record<string, string> = { host: 'example.amazonaws.com', 'x-amz-date': '20150830T123600Z', ...headers }
  const signed = Object.keys(all).sort().join(';')
  all.authorization = `AWS4-HMAC-SHA256 Credential=${SCOPE}, SignedHeaders=${signed}, Signature=${signature}`
  return { method, target, header: (name) => all[name] ?? null, body: Buffer.from(body) }
}

function claimOf(request: SignedRequest, now = NOW): SignatureClaim {
  const claim = readClaim(request, 'service', now)
  assert.ok('signature' in claim, JSON.stringify(claim))
  return claim
}

for (const vector of VECTORS)
  test(`AWS's vector ${vector.name} is signed`, () => {
    const request = requestOf(vector)
    const claim = claimOf(request)
    assert.equal(claim.accessKeyId, 'AKIDEXAMPLE')
    assert.equal(checkSignature(request, claim, SECRET), null)
    assert.equal(checkSignature(request, claim, `${SECRET}x`)?.code, 'InvalidSignatureException')
  })

const VANILLA: Vector = VECTORS[1] as Vector

test('what was changed after it was signed is refused', () => {
  const request = requestOf(VANILLA)
  const claim = claimOf(request)
  const changes: readonly Partial<SignedRequest>[] = [
    { method: 'PUT' },
    { target: '/other' },
    { target: '/?a=b' },
    { body: Buffer.from('x') },
    { header: (name) => (name === 'host' ? 'elsewhere.test' : request.header(name)) },
  ]
  for (const change of changes)
    assert.equal(checkSignature({ ...request, ...change }, claim, SECRET)?.code, 'InvalidSignatureException', JSON.stringify(change))
})

test('a body that is said to be another, or unsigned, is refused', () => {
  for (const said of ['UNSIGNED-PAYLOAD', createHash('sha256').update('other').digest('hex')]) {
    const request = requestOf({ ...VANILLA, headers: { 'x-amz-content-sha256': said } })
    assert.match(checkSignature(request, claimOf(request), SECRET)?.message ?? '', /hash of the body/)
  }
})

test('a signature is taken within 15 minutes of the clock, before and after', () => {
  const request = requestOf(VANILLA)
  for (const minutes of [-15, 0, 15]) assert.ok('signature' in claimOf(request, NOW + minutes * 60_000))
  for (const minutes of [-16, 16]) {
    const trouble = readClaim(request, 'service', NOW + minutes * 60_000)
    assert.ok('code' in trouble && trouble.code === 'InvalidSignatureException', JSON.stringify(trouble))
  }
})

test('what is no signature of this service says what is missing', () => {
  const good = requestOf(VANILLA)
  const claimed = (authorization: string | null, date: string | null = '20150830T123600Z') =>
    readClaim(
      { ...good, header: (name) => (name === 'authorization' ? authorization : name === 'x-amz-date' ? date : good.header(name)) },
      'service',
      NOW,
    )
  const signature = `Signature=${'0'.repeat(64)}`
  const signed = 'SignedHeaders=host;x-amz-date'
  const troubles: readonly [string | null, RegExp][] = [
    [null, /no Authorization/],
    ['Bearer x', /must begin with/],
    [`AWS4-HMAC-SHA256 Credential=${SCOPE.replace('service', 's3')}, ${signed}, ${signature}`, /Credential must be/],
    [`AWS4-HMAC-SHA256 Credential=AKID, ${signed}, ${signature}`, /Credential must be/],
    [`AWS4-HMAC-SHA256 Credential=${SCOPE}, ${signed}, Signature=00`, /64 hexadecimal/],
    [`AWS4-HMAC-SHA256 Credential=${SCOPE}, SignedHeaders=x-amz-date, ${signature}`, /have host among/],
    [`AWS4-HMAC-SHA256 Credential=${SCOPE}, SignedHeaders=host, ${signature}`, /have x-amz-date among/],
    [`AWS4-HMAC-SHA256 Credential=${SCOPE.replace('0830', '0829')}, ${signed}, ${signature}`, /same day/],
    [`AWS4-HMAC-SHA256 ${'x'.repeat(5000)}`, /must begin with/],
  ]
  for (const [authorization, why] of troubles) {
    const trouble = claimed(authorization)
    assert.ok('message' in trouble && why.test(trouble.message), `${authorization}: ${JSON.stringify(trouble)}`)
  }
  for (const date of [null, 'yesterday']) assert.ok('code' in claimed(good.header('authorization'), date))
})

test('names of headers that every object has are none that came', () => {
  const header = headerOf({ headers: { host: 'x' } })
  for (const name of ['constructor', '__proto__', 'toString']) assert.equal(header(name), null)
  const claim: SignatureClaim = {
    accessKeyId: 'AKIDEXAMPLE',
    scope: SCOPE.slice(SCOPE.indexOf('/') + 1),
    time: '20150830T123600Z',
    signedHeaders: ['constructor', 'host', 'x-amz-date'],
    signature: Buffer.alloc(32),
  }
  const trouble = checkSignature({ method: 'POST', target: '/', header, body: Buffer.alloc(0) }, claim, SECRET)
  assert.equal(trouble?.code, 'InvalidSignatureException')
})
