// What is wrong with a job file is one sentence that names the place.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readJobFile } from './job-file.ts'

const JOB = 'account: 1001\nmessage: { from: a@b.test, text: x }\n'

test('a job file that is wrong says what and where, in a sentence', () => {
  assert.equal(readJobFile(`${JOB}recipient: { file: a.csv }\n`, 'yaml'), 'There is no field recipient in a job.')
  assert.equal(readJobFile(JOB, 'yaml'), 'recipients is missing.')
  assert.equal(readJobFile(`${JOB}recipients: a.csv\n`, 'yaml'), 'recipients must be an object, in { }.')
  const broken = readJobFile('a: [\n', 'yaml')
  assert.ok(typeof broken === 'string')
  assert.match(broken, /^It is no YAML: .* at line 2, column 1\.$/)
})
