// Writes the licences of everything that is bundled beside the bundle, as they ask for.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'

const lock = JSON.parse(readFileSync('package-lock.json'))
const bundled = Object.entries(lock.packages).filter(([path, entry]) => path && !entry.dev && !entry.optional)
const parts = bundled.map(([path, { version, license }]) => {
  const file = readdirSync(path).find(name => /^licen[cs]e/i.test(name))
  const text = file ? readFileSync(`${path}/${file}`, 'utf8').trim() : `Licence: ${license}`
  return `${path.replace(/^.*node_modules\//, '')} ${version}\n\n${text}\n`
})
const rule = `\n${'-'.repeat(80)}\n\n`
writeFileSync('../gateway/web/static/LICENCES.txt', `The GraphiQL page holds code of these packages.\n${rule}${parts.join(rule)}`)
