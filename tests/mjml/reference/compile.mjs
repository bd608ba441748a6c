// Reads {name: source} on standard input, answers {name: {html, errors}}: the reference engine's own words.
import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'

const mjml2html = createRequire(process.argv[2] + '/')('mjml')
const sources = JSON.parse(readFileSync(0, 'utf8'))
const answers = {}
for (const [name, source] of Object.entries(sources)) {
  try {
    // No fonts: they would be fetched from elsewhere on reading.
    const { html, errors } = mjml2html(source, { fonts: {}, validationLevel: 'soft', filePath: process.argv[3] || '.' })
    answers[name] = { html, errors: errors.map(({ line, message }) => ({ line, message })) }
  } catch (error) {
    answers[name] = { html: '', errors: [{ line: 0, message: String(error.message) }] }
  }
}
process.stdout.write(JSON.stringify(answers))
