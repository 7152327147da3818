// Settings by the schema that a plug-in tells: rows with defaults, what is secret, and changes by key.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { openedSettings, sealedSettings } from './sealed-settings.ts'
import { changedSettings, secretTexts, settingRows, withoutTexts, withSecrets } from './settings-schema.ts'

const secret = { secret: true }
const SCHEMA = z.toJSONSchema(
  z.object({
    text: z.string().default('hello').meta({ description: 'What is added.' }),
    most: z.number().optional(),
    way: z.enum(['a', 'b']).default('a'),
    database: z.object({ host: z.string(), password: z.string().meta(secret), spare: z.string().meta(secret).optional() }),
    keys: z.array(z.string().meta(secret)).optional(),
    named: z.record(z.string(), z.object({ token: z.string().meta({ writeOnly: true }) })).optional(),
    later: z.string().meta(secret).default('changeme').nullable(),
  }),
  { io: 'input' },
)
const GIVEN = {
  database: { host: 'db', password: 'pass-one', spare: 'pass-two' },
  keys: ['key-one', 'x'],
  named: { first: { token: 'token-one' } },
  later: 'late-one',
}

test('each setting is a row with its default, its kind and what the plug-in says; of secrets only that they are set', () => {
  const rows = settingRows(SCHEMA, GIVEN, { ...GIVEN, text: 'hello', way: 'a' })
  const told = rows.map(({ key, value, default: usual, isSet, isSecret, kind }) => [key, value, usual, isSet, isSecret, kind])
  assert.deepEqual(told, [
    ['text', 'hello', 'hello', false, false, 'string'],
    ['most', null, null, false, false, 'number'],
    ['way', 'a', 'a', false, false, 'one of a, b'],
    ['database.host', 'db', null, true, false, 'string'],
    ['database.password', null, null, true, true, 'string'],
    ['database.spare', null, null, true, true, 'string'],
    ['keys', ['(secret)', '(secret)'], null, true, false, 'array'],
    ['named', { first: { token: '(secret)' } }, null, true, false, 'object'],
    ['later', null, null, true, true, 'string'],
  ])
  assert.equal(rows[0]?.description, 'What is added.')
  assert.doesNotMatch(JSON.stringify(rows), /-one|-two|changeme/)
})

test('secrets are found wherever they are, and taken out of texts', () => {
  assert.deepEqual([...secretTexts(SCHEMA, GIVEN)].sort(), ['key-one', 'late-one', 'pass-one', 'pass-two', 'token-one'])
  assert.equal(withoutTexts('login pass-one-more failed', ['pass-one', 'pass-one-more']), 'login (secret) failed')
})

test('a schema that is none, refers to itself or is endless does no harm', () => {
  const round = { $ref: '#', properties: { a: { $ref: '#' } }, anyOf: [{ $ref: '#' }] }
  for (const schema of [null, 7, [], { properties: 3 }, { $ref: '#/none' }, round])
    assert.deepEqual(
      withSecrets(schema, { a: { a: 'b' } }, () => 'no'),
      { a: { a: 'b' } },
    )
  assert.ok(settingRows(round, {}, {}).length <= 500)
})

test('keys with dots lead into objects; nothing leads to what all objects have', () => {
  const changed = changedSettings(GIVEN, { 'database.host': 'other', text: 'x' }, ['keys', 'none.there'])
  assert.deepEqual(changed, { ...without(GIVEN, 'keys'), database: { ...GIVEN.database, host: 'other' }, text: 'x' })
  for (const key of ['__proto__.x', 'a.constructor', 'a..b', '']) assert.throws(() => changedSettings({}, { [key]: 1 }, []), /no name/)
})

test('secrets are sealed for their plug-in and their key, and opened for them alone', () => {
  const seal = { seal: (text: string, place: string) => Buffer.from(`${place}|${text}`), open }
  const sealed = sealedSettings(SCHEMA, GIVEN, 'one', () => seal)
  assert.doesNotMatch(JSON.stringify(sealed), /pass-one|key-one|token-one|late-one/)
  assert.deepEqual(
    openedSettings(sealed, 'one', () => seal),
    GIVEN,
  )
  assert.throws(() => openedSettings(sealed, 'two', () => seal), /Its setting database.password is sealed/)
})

function open(sealed: Uint8Array, place: string): string {
  const [where, ...text] = Buffer.from(sealed).toString().split('|')
  assert.equal(where, place)
  return text.join('|')
}

function without(fields: object, name: string): object {
  return Object.fromEntries(Object.entries(fields).filter(([key]) => key !== name))
}

test('a schema that leads back to itself, or holds what is no text, takes no longer than another', () => {
  const self = Array.from({ length: 50 }, () => ({ $ref: '#' }))
  const names = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`a${n}`, { $ref: '#' }]))
  const schema = { anyOf: self, oneOf: self, allOf: self, properties: names }
  assert.deepEqual(secretTexts(schema, { a: { a1: { a2: 'none' } } }), [])
  assert.equal(settingRows(schema, {}, {}).length, 500)
  const odd = { properties: { a: { enum: [{ toString: null }] }, b: { const: { toString: null } } } }
  assert.deepEqual(
    settingRows(odd, {}, {}).map(({ kind }) => kind),
    ['one of {"toString":null}', '{"toString":null}'],
  )
})
