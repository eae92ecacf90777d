// Replaces every built asset by its gzip and brotli forms; the server sends one of them as it is.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

const folder = new URL('../gateway/web/static/graphiql/', import.meta.url)
for (const name of readdirSync(folder)) {
  const bytes = readFileSync(new URL(name, folder))
  const quality = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length }
  writeFileSync(new URL(`${name}.br`, folder), brotliCompressSync(bytes, { params: quality }))
  writeFileSync(new URL(`${name}.gz`, folder), gzipSync(bytes, { level: 9 }))
  rmSync(new URL(name, folder))
}
